package main

import (
	"encoding/json"
	"errors"

	"github.com/spf13/cobra"

	"loadgen/advice"
	"loadgen/analysis"
	"loadgen/locale"
	"loadgen/reports"
)

func newRecommend(t *terminal) *cobra.Command {
	var o telling
	var whatIf, asserted []string
	c := &cobra.Command{
		Use:   "recommend RUN",
		Short: "Show each target's held load and bottleneck, and which settings to change or keep",
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			l, err := o.check()
			if err != nil {
				return err
			}
			s, err := study(args[0])
			if err != nil {
				return err
			}
			t.warn(s.Run)
			if len(whatIf) > 0 {
				return t.whatIf(l, s, whatIf, o.json)
			}
			all := advice.Kept(s)
			if o.json {
				err = t.json(reports.RecommendationJSON(s, all))
			} else {
				err = t.print(reports.Advise(l, s, all))
			}
			return errors.Join(err, assert(all, asserted))
		},
	}
	c.Flags().BoolVar(&o.json, "json", false, "print JSON")
	c.Flags().StringArrayVar(&whatIf, "what-if", nil, "answer for a setting from this run alone: `FLAG=VALUE`; again for "+
		"others that change with it")
	assertFlag(c, &asserted)
	o.flags(c, false)
	return c
}

// assertFlag lets a run be held against what is asked of it.
func assertFlag(c *cobra.Command, to *[]string) {
	c.Flags().StringArrayVar(to, "assert", nil, "exit 4 unless the held load that is claimed is as high: `TARGET >= "+
		"LOAD`, such as 'mini >= 8/s' or 'mini >= 16' in flight")
}

func (t *terminal) whatIf(l *locale.Locale, s *analysis.Study, settings []string, asJSON bool) error {
	answers, err := advice.WhatIf(s, settings)
	if err != nil {
		return fail(exitUsage, "such as --what-if max-num-seqs=128", "%w", err)
	}
	if asJSON {
		return t.json(answers)
	}
	return t.print(reports.Answers(l, s, answers))
}

func (t *terminal) json(v any) error {
	enc := json.NewEncoder(t.out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}
