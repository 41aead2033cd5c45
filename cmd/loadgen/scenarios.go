package main

import (
	"strings"

	"github.com/spf13/cobra"

	"loadgen/reports"
	"loadgen/scenarios"
)

func newScenarios(t *terminal) *cobra.Command {
	c := &cobra.Command{Use: "scenarios", Short: "List, show or copy the scenarios that come with the program"}
	c.AddCommand(
		&cobra.Command{Use: "list", Short: "Name them, one sentence each", Args: cobra.NoArgs,
			RunE: func(*cobra.Command, []string) error { return t.listScenarios() }},
		&cobra.Command{Use: "show NAME", Short: "Print one", Args: cobra.ExactArgs(1),
			RunE: func(_ *cobra.Command, args []string) error {
				data, err := shippedScenario(args[0])
				if err == nil {
					_, err = t.out.Write(data)
				}
				return err
			}},
		&cobra.Command{Use: "copy NAME [FILE]", Short: "Write one to a new file, to be changed", Args: cobra.RangeArgs(1, 2),
			RunE: func(_ *cobra.Command, args []string) error {
				data, err := shippedScenario(args[0])
				if err != nil {
					return err
				}
				file := args[0] + ".yaml"
				if len(args) == 2 {
					file = args[1]
				}
				if err := create(file, data); err != nil {
					return err
				}
				t.say("%s; next: put your servers in, then loadgen check %s", file, file)
				return nil
			}},
	)
	return c
}

func (t *terminal) listScenarios() error {
	tab := &reports.Table{Columns: []reports.Column{{Head: "name"}, {Head: "what it asks"}}}
	for _, name := range scenarios.ShippedNames() {
		tab.Rows = append(tab.Rows, []string{name, scenarios.ShippedDoc(name)})
	}
	doc := reports.Document{Verdict: "scenarios that come with loadgen",
		Sections: []reports.Section{{Title: "Scenarios", Table: tab}}}
	return t.print(doc)
}

func shippedScenario(name string) ([]byte, error) {
	data, ok := scenarios.Shipped(name)
	if !ok {
		return nil, fail(exitUsage, "shipped scenarios: "+strings.Join(scenarios.ShippedNames(), ", "),
			"no shipped scenario is called %q", name)
	}
	return data, nil
}
