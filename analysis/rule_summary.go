package analysis

var ruleSummary = Rule{
	ID: "summary-only", Binding: "none", Alone: true,
	Doc:    "Levels that are known by imported summaries alone: throughput and percentiles of another tool, without any request's own values or anything from the server.",
	Source: "R5.5",
	Remedy: "measure again with --save-detailed and import that, or loadgen run, which reads the server too",
	Judge:  judgeSummary,
}

func judgeSummary(t *TargetStudy, _ *Study) (Finding, string) {
	for _, p := range t.Points {
		if p.Summarised {
			return Finding{Grade: GradeD, At: p.Label, Says: "an imported summary does not show what binds",
				Because: []string{
					"it lacks each request's values: no intervals, no validity checks, no share of requests within an objective",
					"it lacks the server's side: running, waiting, KV cache, preemptions, settings, GPUs",
					"import a result of --save-detailed, or measure with loadgen run"},
				WillNotHelp: []string{"no setting can be judged from it"}}, ""
		}
	}
	return Finding{}, ""
}
