package results

var cachedTokens = Metric{
	Name: "cached_tokens", Title: "Cached prompt tokens", Unit: "tokens", LowerIsBetter: false, Log: false,
	Doc:     "Prompt tokens that the server took from its prefix cache; servers that do not tell have none.",
	Formula: "cached_tokens",
	Of: func(r *Record) (float64, bool) {
		return float64(r.CachedTokens), r.CachedTold
	},
}
