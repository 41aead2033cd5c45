package scenarios

import "time"

// YAML is the scenario with every default filled in, as a file that reads back to the same scenario.
func (s *Scenario) YAML() []byte {
	w := &writer{}
	w.key("version", flow(s.Version))
	w.key("name", flow(s.Name))
	w.key("seed", flow(s.Seed))
	w.gap()
	w.block("targets", func() {
		for _, t := range s.Targets {
			w.target(t, true)
		}
	})
	w.gap()
	w.block("prompts", func() {
		for _, c := range s.Prompts {
			w.class(c)
		}
	})
	w.gap()
	if s.Within > 0 {
		w.key("within", flow(s.Within))
	}
	w.phases(s.Phases)
	if inside := w.request(s.Request); len(inside) > 0 {
		w.gap()
		w.pairs("request", inside)
	}
	if !s.Objective.IsZero() {
		w.gap()
		w.key("objective", flow(objectivePairs(s.Objective)))
	}
	return []byte(w.String())
}

func (w *writer) pairs(name string, inside pairs) {
	w.block(name, func() {
		for _, p := range inside {
			w.key(p.key, flow(p.value))
		}
	})
}

// target writes one target; full: with what is the default.
func (w *writer) target(t Target, full bool) {
	w.block(t.Name, func() {
		optional(w, "description", t.Description)
		w.key("url", flow(t.URL))
		w.key("model", flow(t.Model))
		if full || t.API != "chat" {
			w.key("api", flow(t.API))
		}
		optional(w, "api_key_env", t.APIKeyEnv)
		if len(t.Headers) > 0 {
			w.key("headers", flow(t.Headers))
		}
		optional(w, "ca_env", t.CAEnv)
		switch len(t.Metrics) {
		case 0:
		case 1:
			w.key("metrics", flow(t.Metrics[0]))
		default:
			w.key("metrics", flowList(t.Metrics))
		}
		optional(w, "model_config", t.ModelConfig)
		if t.OwnCard == nil {
			optional(w, "card", t.Card)
		} else {
			w.key("card", flow(ownCardPairs(*t.OwnCard)))
		}
		if len(t.GPUs) > 0 {
			w.key("gpus", flow(t.GPUs))
		}
		if t.Price > 0 {
			w.key("price", flow(t.Price))
		}
		if full || t.Together {
			w.key("together", flow(t.Together))
		}
		if len(t.Settings) == 0 {
			return
		}
		w.block("settings", func() {
			for _, name := range t.Settings.Names() {
				w.key(name, flow(t.Settings[name]))
			}
		})
	})
}

func (w *writer) class(c PromptClass) {
	w.block(c.Name, func() {
		w.key("weight", flow(c.Weight))
		optional(w, "system", c.System)
		optional(w, "text", c.Text)
		if c.Input != nil {
			w.key("input", flow(c.Input.pairs()))
		}
		if c.Source != nil {
			w.key("source", flow(c.Source.pairs()))
		}
		if p := c.SharedPrefix; p != nil {
			w.key("shared_prefix", flow(pairs{{"tokens", p.Tokens}, {"groups", p.Groups}}))
		}
		if c.Session != nil {
			w.key("session", flow(c.Session.pairs()))
		}
		w.key("output", flow(c.Output.pairs()))
		if c.Request != nil {
			w.pairs("request", w.request(*c.Request))
		}
		if c.Objective != nil {
			w.key("objective", flow(objectivePairs(*c.Objective)))
		}
	})
}

func (o Output) pairs() pairs {
	switch {
	case o.Length != nil:
		return o.Length.pairs()
	case o.FromFile != "":
		return pairs{{"from_file", o.FromFile}}
	}
	return pairs{{"max", o.Max}}
}

func (l *Length) pairs() pairs {
	switch l.Law {
	case "fixed":
		return pairs{{"fixed", l.Max}}
	case "uniform":
		return pairs{{"uniform", []int{l.Min, l.Max}}}
	case "empirical":
		if l.File != "" {
			return pairs{{"empirical", pairs{{"file", l.File}, {"column", l.Column}}}}
		}
		return pairs{{"empirical", l.Values}}
	}
	inside := pairs{{"mean", l.Mean}, {"cv", l.CV}, {"min", l.Min}}
	if l.Max > 0 {
		inside.add("max", l.Max)
	}
	return pairs{{l.Law, inside}}
}

func (s *source) pairs() pairs {
	out := pairs{{"file", s.File}, {"format", s.Format}}
	if s.Input != "" {
		out.add("input", s.Input)
	}
	if s.Output != "" {
		out.add("output", s.Output)
	}
	return out
}

func (w *writer) request(q Request) pairs {
	var out pairs
	if q.Temperature != nil {
		out.add("temperature", *q.Temperature)
	}
	if q.TopP != nil {
		out.add("top_p", *q.TopP)
	}
	if q.TopK != nil {
		out.add("top_k", *q.TopK)
	}
	if len(q.ChatTemplateKwargs) > 0 {
		out.add("chat_template_kwargs", q.ChatTemplateKwargs)
	}
	if len(q.Tools) > 0 {
		out.add("tools", toolFunctions(q.Tools))
	}
	if q.ToolChoice != "" {
		out.add("tool_choice", q.ToolChoice)
	}
	if len(q.JSONSchema) > 0 {
		out.add("json_schema", q.JSONSchema)
	}
	if len(q.ExtraBody) > 0 {
		out.add("extra_body", q.ExtraBody)
	}
	if q.MaxEventMiB > 0 {
		out.add("max_event_mib", q.MaxEventMiB)
	}
	if q.Timeout > 0 {
		out.add("timeout", q.Timeout)
	}
	return out
}

// toolFunctions are the functions inside tools, as a scenario writes them.
func toolFunctions(tools []any) []any {
	out := make([]any, len(tools))
	for i, t := range tools {
		out[i] = t.(map[string]any)["function"]
	}
	return out
}

func objectivePairs(o Objective) pairs {
	var out pairs
	for _, c := range []struct {
		name  string
		bound time.Duration
	}{{"ttft", o.TTFT}, {"ttfo", o.TTFO}, {"tpot", o.TPOT}, {"itl", o.ITL}, {"e2e", o.E2E}} {
		if c.bound > 0 {
			out.add(c.name, c.bound)
		}
	}
	out.add("attainment", o.Attainment)
	return out
}

func (w *writer) phases(all []Phase) {
	w.key("load", "")
	w.at = append(w.at, "load")
	for _, p := range all {
		w.WriteString("  - " + flow(p.pairs()) + "\n")
	}
	w.at = w.at[:len(w.at)-1]
}

func (p Phase) pairs() pairs {
	out := pairs{{"name", p.Name}}
	switch {
	case p.Each > 0:
		out.add("each", p.Each)
	case p.Find != "":
		out.add("find", string(p.Find))
		if p.Find == FindRate {
			out.add("arrival", p.Arrival.pairs())
		}
	case p.Concurrency != nil && !p.Concurrency.StopWhenSaturated:
		out.add("concurrency", p.Concurrency.Levels)
	case p.Concurrency != nil:
		out.add("concurrency", pairs{{"levels", p.Concurrency.Levels}, {"stop", "saturated"}})
	default:
		if out.add("rate", p.Rate); p.Stop != "" {
			out[len(out)-1].value = pairs{{"levels", p.Rate}, {"stop", string(p.Stop)}}
		}
		out.add("arrival", p.Arrival.pairs())
		if p.Cap > 0 {
			out.add("cap", p.Cap)
		}
	}
	if p.Measure > 0 {
		out.add("measure", p.Measure)
	} else if p.Preset != "" {
		out.add("preset", p.Preset)
	}
	if p.Find == "" {
		out.add("repeat", p.Repeat)
	}
	return out
}

// pairs writes a law's parameters as its keys read them.
func (l Law) pairs() any {
	inside := pairs(nil)
	switch l.Name {
	case gamma.Name:
		inside = pairs{{"cv", l.CV}}
	case ramp.Name:
		inside = pairs{{"to", l.To}, {"over", l.Over}}
	case sine.Name:
		inside = pairs{{"amplitude", l.Amplitude}, {"period", l.Period}}
	case trace.Name:
		inside = pairs{{"file", l.Trace.File}, {"unit", l.Trace.Unit}}
		if l.Trace.Column != "" {
			inside.add("column", l.Trace.Column)
		}
	default:
		return l.Name
	}
	return pairs{{l.Name, inside}}
}
