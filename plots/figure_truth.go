package plots

import (
	"fmt"
	"math"
	"slices"
	"time"

	"loadgen/analysis"
	"loadgen/locale"
	"loadgen/plots/chart"
	"loadgen/results"
	"loadgen/scenarios"
)

// Truth draws what was measured at a simulated target beside what its own truth log says of the same requests: TTFT and
// ITL over the level; told is the truth by request id. It is no part of Figures, since nothing that reads a run may see
// the truth. Without a request that both know the picture has no name.
func Truth(study *analysis.Study, t *analysis.TargetStudy, told map[string]TrueRequest) (Picture, error) {
	s := subject{study, locale.English}
	var both []beside
	for _, at := range t.Closed() {
		b, err := besideTruth(s.Run, at, told)
		if err != nil {
			return Picture{}, err
		}
		if len(b.measured.ttft) > 0 {
			both = append(both, b)
		}
	}
	if len(both) == 0 {
		return Picture{}, nil
	}
	face, err := chart.NewTypeface()
	if err != nil {
		return Picture{}, err
	}
	return picture(truthPage(s, t, both), figure{Name: "truth"}, t, face)
}

// A TrueRequest is what a simulator's truth log says of one request, in the time of the server's clock.
type TrueRequest struct {
	Arrived time.Duration
	Tokens  []time.Duration // when each was handed out
}

// A beside is one level: the same requests, as measured and in truth.
type beside struct {
	level          float64
	measured, true times
}

// times are sorted seconds.
type times struct{ ttft, itl []float64 }

func besideTruth(run *results.Run, at *analysis.Point, told map[string]TrueRequest) (b beside, err error) {
	b.level = at.Level
	for _, st := range run.Steps {
		if !slices.ContainsFunc(at.Steps, func(m results.StepMeta) bool { return m.Step.Name == st.Meta.Step.Name }) {
			continue
		}
		records, err := st.Cohort()
		if err != nil {
			return b, fmt.Errorf("%s: %w", st.Meta.Step.Name, err)
		}
		for i := range records {
			b.add(&records[i], told[records[i].RequestID])
		}
	}
	for _, v := range [][]float64{b.measured.ttft, b.measured.itl, b.true.ttft, b.true.itl} {
		slices.Sort(v)
	}
	return b, nil
}

// add takes a whole answer that the truth knows.
func (b *beside) add(r *results.Record, truth TrueRequest) {
	first, ok := r.TTFTSent()
	if !ok || !r.OK() || len(truth.Tokens) == 0 {
		return
	}
	b.measured.ttft = append(b.measured.ttft, first.Seconds())
	b.true.ttft = append(b.true.ttft, (truth.Tokens[0] - truth.Arrived).Seconds())
	for i, a := range r.Arrivals {
		if i > 0 {
			b.measured.itl = append(b.measured.itl, a.Gap.Seconds())
		}
	}
	for i := range truth.Tokens[1:] {
		b.true.itl = append(b.true.itl, (truth.Tokens[i+1] - truth.Tokens[i]).Seconds())
	}
}

func truthPage(s subject, t *analysis.TargetStudy, both []beside) *chart.Page {
	requests := 0
	for _, b := range both {
		requests += len(b.measured.ttft)
	}
	page := s.page("Measured and true: "+ofTarget(t), hardware(t), fmt.Sprintf("the same %d requests", requests),
		"lines: measured by the client, from sending; rings: the simulator's own log", "by rank, however few")
	page.Panels = []*chart.Panel{
		s.truthPanel("Time to first token (TTFT): p50 and p99", both, func(t times) []float64 { return t.ttft }),
		s.truthPanel("Inter-token latency (ITL): p50 and p99", both, func(t times) []float64 { return t.itl }),
	}
	page.Columns, page.Width, page.Height = 2, 900, 440
	return page
}

func (s subject) truthPanel(title string, both []beside, of func(times) []float64) *chart.Panel {
	x, label := s.levelAxis(scenarios.Closed)
	p := &chart.Panel{Title: title, XLabel: label, X: x, Y: chart.NewAxis(chart.Seconds())}
	for i, q := range []float64{.5, .99} {
		measured := chart.Series{Name: fmt.Sprintf("p%g", 100*q), Colour: chart.TargetColour(i), Glyph: chart.Disc, Radius: 2,
			Width: 1.8}
		truth := chart.Series{Colour: chart.TargetColour(i), Glyph: chart.Disc, Radius: 6}
		for _, b := range both {
			measured.Points = append(measured.Points, ranked(b.level, of(b.measured), q))
			truth.Points = append(truth.Points, ranked(b.level, of(b.true), q))
			truth.Points[len(truth.Points)-1].Hollow = true
		}
		p.Add(truth)
		p.Add(measured)
	}
	return p
}

// ranked is the x_(⌈nq⌉) of sorted values, without an interval: both sides are of the same requests.
func ranked(level float64, sorted []float64, q float64) chart.Point {
	if len(sorted) == 0 {
		return chart.Point{Gap: true}
	}
	i := int(math.Ceil(q*float64(len(sorted)))) - 1
	return chart.Point{X: level, Y: sorted[max(i, 0)], Lo: math.NaN(), Hi: math.NaN()}
}
