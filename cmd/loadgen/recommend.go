package main

import (
	"encoding/json"
	"strings"

	"github.com/spf13/cobra"

	"loadgen/advice"
	"loadgen/analysis"
	"loadgen/reports"
)

func newRecommend(t *terminal) *cobra.Command {
	var asJSON bool
	var whatIf string
	c := &cobra.Command{
		Use:   "recommend RUN",
		Short: "Tell the load each target holds, its bottleneck, and what to change or leave",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			s, err := study(args[0])
			if err != nil {
				return err
			}
			if whatIf != "" {
				return t.whatIf(s, whatIf, asJSON)
			}
			if asJSON {
				return t.json(reports.RecommendationJSON(s, advice.Of(s)))
			}
			return reports.Terminal(t.out, reports.Advise(s, advice.Of(s)), isTerminal(t.out))
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	c.Flags().StringVar(&whatIf, "what-if", "", "answer for one setting from this run alone: `FLAG=VALUE`")
	return c
}

func (t *terminal) whatIf(s *analysis.Study, question string, asJSON bool) error {
	flag, value, ok := strings.Cut(strings.TrimLeft(question, "-"), "=")
	if !ok {
		return fail(exitUsage, "such as --what-if max-num-seqs=128", "given %q, expected FLAG=VALUE", question)
	}
	answers, err := advice.WhatIf(s, flag, value)
	if err != nil {
		return fail(exitUsage, "", "%w", err)
	}
	if asJSON {
		return t.json(answers)
	}
	return reports.Terminal(t.out, reports.Answers(s, flag, value, answers), isTerminal(t.out))
}

func (t *terminal) json(v any) error {
	enc := json.NewEncoder(t.out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
