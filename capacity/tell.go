package capacity

import (
	"fmt"
	"math"
	"slices"
	"strconv"

	"loadgen/locale"
	"loadgen/reports"
	"loadgen/stat"
)

// Document tells a plan.
func (p *Plan) Document() reports.Document {
	d := reports.Document{Title: fmt.Sprintf("loadgen: capacity for %s", p.Demand.Says),
		Verdict: fmt.Sprintf("%s, %s: planned by %s", p.Server.Target.Name, p.Server.Target.Model, p.Server.Source)}
	for _, a := range p.Answers {
		d.Advice = append(d.Advice, p.line(a))
	}
	d.Sections = append(d.Sections, p.demandSection(), p.replicaSection())
	if p.Demand.Trace != nil {
		d.Sections = append(d.Sections, p.hourSection())
	}
	s := reports.Section{Title: "Assumptions"}
	for _, a := range p.assumptions() {
		s.Notes = append(s.Notes, fmt.Sprintf("%s; broken by: %s", a.Assumes, a.Breaks))
	}
	d.Sections = append(d.Sections, s)
	return d
}

func (p *Plan) line(a answer) string {
	need, spare := gpus(a.Replicas*p.Server.gpus()), gpus(a.Spare*p.Server.gpus())
	if a.Most == a.Least {
		return fmt.Sprintf("%s: %s (%s) for %s requests/s within the objective, headroom %s; with any one gone: %s (%s)",
			a.Balancer, replicas(a.Replicas), need, number(p.Demand.Rate), percent(a.Headroom), replicas(a.Spare), spare)
	}
	return fmt.Sprintf("%s: %s (%s) for %s requests/s within the objective, headroom %s; %d to %d if a replica is up to "+
		"%s faster or slower than that; with any one gone: %s (%s)", a.Balancer, replicas(a.Replicas), need,
		number(p.Demand.Rate), percent(a.Headroom), a.Least, a.Most, percent(p.Server.Off), replicas(a.Spare), spare)
}

func (p *Plan) demandSection() reports.Section {
	s := reports.Section{Title: "Demand"}
	at := fmt.Sprintf("%s requests/s at its peak (%s)", number(p.Demand.Rate), p.Demand.Says)
	if p.Demand.Growth != 1 {
		at = fmt.Sprintf("%s requests/s at its peak (%s, grown by %s)", number(p.Demand.Rate), p.Demand.Says,
			percent(p.Demand.Growth-1))
	}
	s.Text = append(s.Text, at)
	if p.Demand.Users > 0 {
		s.Notes = append(s.Notes, fmt.Sprintf("%s users, each asking once in %v of thinking and an answer",
			number(p.Demand.Users), p.Demand.Think))
	}
	if p.Demand.Trace != nil {
		s.Notes = append(s.Notes, p.Demand.Trace.Says...)
	}
	s.Notes = append(s.Notes, fmt.Sprintf("%s of the requests must be within the objective", percent(p.Goal)))
	s.Notes = append(s.Notes, fmt.Sprintf("one replica by itself holds %s requests/s of it", number(p.Alone)))
	if p.Goal+(1-p.Goal)/2 > p.Lone {
		s.Notes = append(s.Notes, fmt.Sprintf("careful: of requests that have a server to themselves %s are within the "+
			"objective, hardly more than is asked for, so replicas buy little and their number is known badly", percent(p.Lone)))
	}
	return s
}

func (p *Plan) replicaSection() reports.Section {
	tab := &reports.Table{Columns: []reports.Column{{Head: "balancer"}, {Head: "replicas", Right: true},
		{Head: "GPUs", Right: true}, {Head: "within objective", Right: true},
		{Head: "hold req/s", Right: true}, {Head: "headroom", Right: true}, {Head: "one gone: hold req/s", Right: true},
		{Head: "replicas with one gone", Right: true}, {Head: "tok/s", Right: true}}}
	priced := p.perMillion(p.Answers[0]) > 0
	if priced {
		tab.Columns = append(tab.Columns, reports.Column{Head: "cost of 10⁶ output tokens", Right: true})
	}
	for _, a := range p.Answers {
		less := "none left"
		if a.HeldLess > 0 {
			less = number(a.HeldLess)
		}
		row := []string{a.Balancer, fmt.Sprint(a.Replicas), fmt.Sprint(a.Replicas * p.Server.gpus()), percent(a.Share.Value),
			number(a.Held), percent(a.Headroom), less, fmt.Sprint(a.Spare), number(a.Output)}
		if priced {
			row = append(row, number(p.perMillion(a)))
		}
		tab.Rows = append(tab.Rows, row)
	}
	s := reports.Section{Title: "Replicas", Table: tab}
	s.Notes = append(s.Notes, "played in virtual time on one clock, each request sent at the instant it comes; what "+
		"several hold is not a multiple of what one does, since splitting is not free and chance evens out")
	if !priced {
		s.Notes = append(s.Notes, "cost is not told: price: of a target is one GPU's for an hour")
	}
	if j := p.joulePerToken(); j > 0 {
		s.Notes = append(s.Notes, fmt.Sprintf("%s J for an output token at %s tok/s, the highest load measured; at the "+
			"demand more, since a GPU that waits draws power too", number(j), number(p.Server.WattsAt)))
	} else {
		s.Notes = append(s.Notes, "energy is not told: no power of the GPUs was read")
	}
	return s
}

func (p *Plan) hourSection() reports.Section {
	tab := &reports.Table{Columns: []reports.Column{{Head: "hour", Right: true}, {Head: "requests", Right: true},
		{Head: "req/s", Right: true}, {Head: "busiest minute", Right: true},
		{Head: fmt.Sprintf("of what %d hold", p.Answers[0].Replicas), Right: true}, {Head: "dispersion 1 s", Right: true},
		{Head: "10 s", Right: true}, {Head: "60 s", Right: true}, {Head: ""}}}
	deciding := p.Demand.Trace.deciding().Index
	for _, h := range p.Demand.Trace.Hours {
		mark := ""
		if h.Index == deciding {
			mark = "decides"
		}
		rates := []string{number(h.Rate), number(h.Minute), percent(h.Minute / p.Answers[0].Held)}
		if h.scrap() {
			rates, mark = []string{"–", "–", "–"}, fmt.Sprintf("its first %s", locale.English.Duration(h.Seconds))
		}
		tab.Rows = append(tab.Rows, slices.Concat([]string{fmt.Sprint(h.Index), fmt.Sprint(h.Requests)}, rates,
			[]string{h.spread(1), h.spread(10), h.spread(60), mark}))
	}
	return reports.Section{Title: "Hours", Table: tab,
		Notes: []string{"dispersion: variance ÷ mean of the counts in windows of so many seconds; 1 is Poisson's, more is " +
			"bursts", fmt.Sprintf("of what they hold: the busiest minute as a share of the rate that the planned replicas hold "+
			"behind %s for an hour, so that a minute may exceed it", p.Answers[0].Balancer)}}
}

func (h hour) spread(width int) string {
	if v, told := h.Dispersion[width]; told {
		return number(v)
	}
	return "–"
}

func replicas(n int) string { return counted(n, "1 replica", "%d replicas") }
func gpus(n int) string     { return counted(n, "1 GPU", "%d GPUs") }

// counted tells a number by the catalogue's own sentences, which locale.Count puts together.
func counted(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return fmt.Sprintf(many, n)
}

func number(v float64) string { return locale.English.Number(v) }

// percent rounds shares near all down, so that none which misses a goal reads like one that meets it.
func percent(v float64) string {
	p := 100 * v
	if p > 99 && p < 100 {
		return strconv.FormatFloat(math.Floor(100*p)/100, 'g', 4, 64) + " %"
	}
	return strconv.FormatFloat(p, 'f', 0, 64) + " %"
}

// A told is `capacity --json`.
type told struct {
	Demand      toldDemand   `json:"demand"`
	Target      string       `json:"target"`
	Model       string       `json:"model"`
	Source      string       `json:"source"`
	Goal        float64      `json:"goal"`
	Alone       float64      `json:"one_replica_holds_per_s"`
	Answers     []toldAnswer `json:"balancers"`
	Joule       *float64     `json:"joule_per_output_token"` // null: no power was read
	Assumptions []assumption `json:"assumptions"`
	Confirmed   *Comparison  `json:"confirmation"` // null: it was not played
}

// A toldDemand is the demand that was planned for.
type toldDemand struct {
	Says     string             `json:"says"`
	Rate     float64            `json:"requests_per_s"` // at the peak
	Growth   float64            `json:"growth_factor"`
	Users    *float64           `json:"users"`   // null: told by rate
	Classes  map[string]float64 `json:"classes"` // shares; null: as the scenario has them
	Hours    []hour             `json:"hours"`   // of a recording
	Deciding *int               `json:"deciding_hour"`
}

// A toldAnswer is a plan's behind one balancer.
type toldAnswer struct {
	Balancer   string        `json:"balancer"`
	Replicas   int           `json:"replicas"`
	GPUs       int           `json:"gpus"`
	Least      int           `json:"replicas_at_least"`
	Most       int           `json:"replicas_at_most"`
	Attainment stat.Interval `json:"attainment"`
	Held       float64       `json:"hold_per_s"`
	Headroom   float64       `json:"headroom"`
	HeldLess   float64       `json:"with_one_gone_hold_per_s"`
	Spare      int           `json:"replicas_with_one_gone"`
	Output     float64       `json:"output_tokens_per_s"`
	Cost       *float64      `json:"cost_per_million_output_tokens"` // null: no price was told
}

// told is the plan as JSON has it.
func (p *Plan) Told() told {
	out := told{Demand: toldDemand{Says: p.Demand.Says, Rate: p.Demand.Rate, Growth: p.Demand.Growth,
		Users: known(p.Demand.Users), Classes: p.Demand.Classes},
		Target: p.Server.Target.Name, Model: p.Server.Target.Model, Source: p.Server.Source, Goal: p.Goal, Alone: p.Alone,
		Joule: known(p.joulePerToken()), Assumptions: p.assumptions()}
	if t := p.Demand.Trace; t != nil {
		deciding := t.deciding().Index
		out.Demand.Hours, out.Demand.Deciding = t.Hours, &deciding
	}
	for _, a := range p.Answers {
		out.Answers = append(out.Answers, toldAnswer{a.Balancer, a.Replicas, a.Replicas * p.Server.gpus(), a.Least, a.Most,
			a.Share, a.Held, a.Headroom, a.HeldLess, a.Spare, a.Output, known(p.perMillion(a))})
	}
	return out
}

// known is a number that JSON shows; what nobody told is 0 here and null there.
func known(v float64) *float64 {
	if v == 0 {
		return nil
	}
	return &v
}
