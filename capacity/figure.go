package capacity

import (
	"fmt"

	"loadgen/plots"
	"loadgen/plots/chart"
)

// Pictures draw a recording's demand over its hours, minute by minute, against what the planned replicas hold and what
// one more does; none of other demands.
func (p *Plan) Pictures() ([]plots.Picture, error) {
	if p.Demand.Trace == nil {
		return nil, nil
	}
	a := p.Answers[0]
	panel := &chart.Panel{XLabel: "hours from the first arrival", X: chart.NewAxis(chart.Amount()),
		Y: chart.NewAxis(chart.Amount()), Title: "requests/s"}
	panel.Add(chart.Series{Name: "minute", Colour: chart.TargetColour(0), Width: 0.7, Points: p.Demand.Trace.minutes()})
	panel.Add(chart.Series{Name: "hour", Colour: chart.TargetColour(1), Width: 1.8, Points: p.Demand.Trace.means()})
	panel.Limit(chart.Limit{At: a.Held, Label: fmt.Sprintf("%s %s/s", hold(a.Replicas), number(a.Held))})
	panel.Limit(chart.Limit{At: a.HeldMore, Label: fmt.Sprintf("%s %s/s", hold(a.Replicas+1), number(a.HeldMore))})
	page := &chart.Page{Title: "Demand over the day, and what " + hold(a.Replicas), Columns: 1, Width: 900,
		Height: 460, Panels: []*chart.Panel{panel}, Footer: p.Demand.Says,
		Subtitle: []string{p.Server.Target.Name, p.Server.Target.Model, "behind " + a.Balancer,
			fmt.Sprintf("hour %d decides", p.Demand.Trace.deciding().Index),
			"held: for an hour like it, so that a minute may exceed it"}}
	picture, err := plots.Paint("demand", page)
	return []plots.Picture{picture}, err
}

// hold is so many replicas and their verb.
func hold(n int) string {
	if n == 1 {
		return "1 replica holds"
	}
	return replicas(n) + " hold"
}

// minutes are the requests a second in each minute of a recording, by the hour.
func (r *recording) minutes() (out []chart.Point) {
	last := r.Stamps[len(r.Stamps)-1]
	for i, n := range counts(r.Stamps, 0, last, 60) {
		out = append(out, chart.Point{X: (float64(i) + 0.5) / 60, Y: n / 60})
	}
	return out
}

// means are the mean of each hour, as steps.
func (r *recording) means() (out []chart.Point) {
	last := r.Stamps[len(r.Stamps)-1].Hours()
	for _, h := range r.Hours {
		from := float64(h.Index)
		out = append(out, chart.Point{X: from, Y: h.Rate}, chart.Point{X: min(from+1, last), Y: h.Rate})
	}
	return out
}
