package analysis

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"loadgen/vllm"
)

// A Setting is one of the four advised flags of a target: its present value, and what it should become.
type Setting struct {
	Flag   string
	From   any    // nil: nobody told
	Told   string // who told the present value
	Change *Change
}

// String is "max-num-seqs 256 keep" or "max-num-batched-tokens 65536 → 2048 (C)".
func (s Setting) String() string {
	from := "not told"
	if s.From != nil {
		from = Value(s.From)
	}
	if s.Change == nil {
		return s.Flag + " " + from + " keep"
	}
	return fmt.Sprintf("%s %s → %s (%s)", s.Flag, from, Value(s.Change.To), s.Change.Grade)
}

// Value writes a setting as vLLM's command line does.
func Value(v any) string {
	switch x := v.(type) {
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	case nil:
		return "–"
	}
	return fmt.Sprint(v)
}

// Changes are the advised changes of all findings; where two are about one flag, that of the more binding cause counts.
func (t *TargetStudy) Changes() []Change {
	var out []Change
	seen := map[string]bool{}
	for _, f := range t.Findings {
		for _, c := range f.Advice {
			if !seen[c.Flag] {
				seen[c.Flag] = true
				out = append(out, c)
			}
		}
	}
	return out
}

// Advice is the four flags, each kept or changed.
func (t *TargetStudy) Advice() []Setting {
	changes := map[string]*Change{}
	for _, c := range t.Changes() {
		changes[c.Flag] = &c
	}
	var out []Setting
	for _, flag := range vllm.Advised {
		s := Setting{Flag: flag, From: t.Settings[flag], Told: t.Told[flag], Change: changes[flag]}
		if s.From == nil && flag == vllm.TensorParallelSize {
			s.From, s.Told = t.TP(), "vLLM's default"
		}
		out = append(out, s)
	}
	return out
}

// Line is the advice on one target in one line.
func (t *TargetStudy) Line() string {
	if len(t.Findings) == 0 {
		return t.Target.Name + ": no advice: no level of it can be trusted"
	}
	var parts []string
	for _, s := range t.Advice() {
		parts = append(parts, s.String())
	}
	for _, c := range t.Changes() {
		if !slices.Contains(vllm.Advised, c.Flag) {
			parts = append(parts, Setting{Flag: c.Flag, From: c.From, Change: &c}.String())
		}
	}
	return fmt.Sprintf("%s: %s; binding: %s", t.Target.Name, strings.Join(parts, " · "), t.Binding)
}

// Command is the changed flags as they stand on a vllm serve command line; empty when nothing changes.
func (t *TargetStudy) Command() string {
	changes := t.Changes()
	if len(changes) == 0 {
		return ""
	}
	parts := []string{"vllm serve " + t.Target.Model}
	for _, c := range changes {
		parts = append(parts, "--"+c.Flag+" "+Value(c.To))
	}
	return strings.Join(parts, " \\\n    ")
}
