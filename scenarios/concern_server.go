package scenarios

import (
	"fmt"
	"strings"

	"loadgen/vllm"
)

// windowConcerns compares max-model-len with the model's own positions: above them a server needs rope scaling.
func windowConcerns(t Target) []concern {
	window, ok := t.Settings.Int(vllm.MaxModelLen)
	model, _, known := t.Shape()
	if !ok || !known || window <= model.MaxPosition {
		return nil
	}
	law, factor := ropeScaling(t.Settings)
	if law == "" {
		return []concern{{ID: "window-above-model", Targets: []string{t.Name},
			Says: fmt.Sprintf("%s: max-model-len %d is above the model's %d: it needs rope scaling", t.Name, window,
				model.MaxPosition),
			Instead: "YaRN by --hf-overrides, or a smaller window"}}
	}
	return []concern{{ID: "window-by-rope-scaling", Targets: []string{t.Name},
		Says: fmt.Sprintf("%s: max-model-len %d is above the model's %d by %s factor %s, which also changes short prompts",
			t.Name, window, model.MaxPosition, law, trim(factor)),
		Instead: fmt.Sprintf("where no prompt is that long, max-model-len %d without rope scaling", model.MaxPosition)}}
}

// ropeScaling is the law and factor that the settings state, under any of the names it had.
func ropeScaling(s Settings) (law string, factor float64) {
	stated, _ := s["rope-scaling"].(map[string]any)
	if over, ok := s["hf-overrides"].(map[string]any); ok {
		for _, key := range []string{"rope_scaling", "rope_parameters"} {
			if m, ok := over[key].(map[string]any); ok {
				stated = m
			}
		}
	}
	for _, key := range []string{"type", "rope_type"} {
		if v, ok := stated[key].(string); ok {
			law = v
		}
	}
	factor, _ = numeric(stated["factor"])
	if strings.EqualFold(law, "yarn") {
		law = "YaRN"
	}
	return law, factor
}

// spellingConcerns names flags that today's vLLM no longer has and parsers that its documentation does not name for the
// model.
func spellingConcerns(t Target) []concern {
	var out []concern
	add := func(id, instead, format string, args ...any) {
		out = append(out, concern{ID: id, Targets: []string{t.Name}, Says: t.Name + ": " + fmt.Sprintf(format, args...),
			Instead: instead})
	}
	for _, flag := range t.Settings.Names() {
		if f, _, ok := vllm.FindFlag(flag); ok && f.Gone != "" {
			add("flag-gone", "today write "+f.Gone, "--%s is no longer a flag of vLLM: a newer image refuses to start with it",
				flag)
		}
	}
	parsers, known := vllm.FindParsers(t.Model)
	if !known {
		return out
	}
	for flag, documented := range map[string]string{"reasoning-parser": parsers.Reasoning,
		"tool-call-parser": parsers.Tool} {
		if given, ok := t.Settings.Text(flag); ok && documented != "" && given != documented {
			add("parser", "--"+flag+" "+documented, "--%s %s is not the one that vLLM's documentation names for this model",
				flag, given)
		}
	}
	return out
}
