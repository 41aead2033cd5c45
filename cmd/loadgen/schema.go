package main

import (
	"github.com/spf13/cobra"

	"loadgen/scenarios"
)

func newSchema(t *terminal) *cobra.Command {
	return &cobra.Command{
		Use:   "schema",
		Short: "Print the scenario format as JSON Schema, for editors",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := t.out.Write(scenarios.Schema())
			return err
		},
	}
}
