package capacity

import (
	"fmt"

	"loadgen/locale"
	"loadgen/plots"
	"loadgen/plots/chart"
)

// Pictures draw a recording's demand over its hours, minute by minute, against what the planned replicas hold and what
// one more does, with words in a locale's language; none of other demands.
func (p *Plan) Pictures(l *locale.Locale) ([]plots.Picture, error) {
	if p.Demand.Trace == nil {
		return nil, nil
	}
	a := p.Answers[0]
	panel := &chart.Panel{XLabel: l.Words("hours from the first arrival"), X: chart.NewAxis(chart.Amount()),
		Y: chart.NewAxis(chart.Amount()), Title: l.Words("requests/s")}
	panel.Add(chart.Series{Name: l.Words("minute"), Colour: chart.TargetColour(0), Width: 0.7,
		Points: p.Demand.Trace.minutes()})
	panel.Add(chart.Series{Name: l.Words("hour"), Colour: chart.TargetColour(1), Width: 1.8,
		Points: p.Demand.Trace.means()})
	hold := func(n int, held float64) {
		panel.Limit(chart.Limit{At: held, Label: l.Words(fmt.Sprintf("%s: %s/s are held", replicas(n), number(held)))})
	}
	hold(a.Replicas, a.Held)
	hold(a.Replicas+1, a.HeldMore)
	title := fmt.Sprintf("Demand over the day, and what %s can hold", replicas(a.Replicas))
	page := &chart.Page{Title: l.Words(title), Columns: 1, Width: 900, Height: 460, Panels: []*chart.Panel{panel},
		Footer: p.Demand.Says,
		Subtitle: []string{p.Server.Target.Name, p.Server.Target.Model, l.Words(fmt.Sprintf("behind %s", a.Balancer)),
			l.Words(fmt.Sprintf("hour %d decides", p.Demand.Trace.deciding().Index)),
			l.Words("held: for an hour like it, so that a minute may exceed it")}}
	picture, err := plots.Paint("demand", page)
	return []plots.Picture{picture}, err
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
