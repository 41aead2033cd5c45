package advice

import (
	"strings"
	"testing"

	"loadgen/analysis"
	"loadgen/simulator/machine"
	"loadgen/vllm"
)

// A format that was never timed on a card keeps advice at grade C, whatever the run shows.
func TestUnmeasuredFormatsAreGradeC(t *testing.T) {
	for _, c := range []struct {
		card  string
		quant vllm.Quant
		want  analysis.Grade
	}{
		{"H200", vllm.AWQ, analysis.GradeB}, {"H200", vllm.FP8, analysis.GradeB}, {"H100", vllm.BF16, analysis.GradeB},
		{"H100", vllm.AWQ, analysis.GradeC}, {"RTX 4090", vllm.AWQ, analysis.GradeC}, {"L4", vllm.BF16, analysis.GradeC},
	} {
		m := &model{machine: machine.Machine{Quant: c.quant}}
		m.machine.Card, _ = vllm.FindCard(c.card)
		m.machine.Profile, _ = machine.FindProfile(c.card)
		a := &Advice{}
		a.Held.State = analysis.Held
		got := (&calibration{model: m, levels: make([]*analysis.Point, 4)}).grade(a)
		if got != c.want || c.want == analysis.GradeC && !strings.Contains(a.Lift, c.card) {
			t.Errorf("%s on %s: grade %v, %q", c.quant, c.card, got, a.Lift)
		}
	}
}
