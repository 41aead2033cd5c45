package reports

import (
	"strings"
	"time"

	"loadgen/analysis"
	"loadgen/results"
)

// clients is a table of those that shared the load: what each sent, how late, and whether it was the bottleneck.
func (t teller) clients() []Section {
	all := t.s.Workers()
	if len(all) == 0 {
		return nil
	}
	g := t.grid("client", "host", ">cores", ">clock, first client's less its own", ">steps", ">sent", ">failed",
		">sends late, p99 of the worst step", "checks of the client")
	for _, w := range all {
		g.add(t.Say("%s of %s", t.Count(w.Index), t.Count(w.Of)), strings.Join(w.Hosts, ", "), t.Count(w.Cores),
			t.clientClock(w), t.Count(w.Steps), t.Count(w.Sent), t.Count(w.Failed), seconds(w.Lag.Seconds()), t.strains(w))
	}
	s := Section{Title: t.Say("Clients"), Table: g.table(),
		Notes: []string{t.Say("every client's requests are pooled as one " +
			"load; checks of the client: of this process and its host")}}
	s.Notes = append(s.Notes, t.clientsBound(all)...)
	return []Section{s}
}

// clientClock is how far a client's clock was from the first one's, at its first level.
func (t teller) clientClock(w analysis.Worker) string {
	switch {
	case !w.Clock.Known():
		return t.Say("unknown")
	case w.Clock.Offset == 0 && w.Clock.Half == 0:
		return t.Say("the first")
	}
	return t.signed(w.Clock.Offset) + " ± " + t.Duration(w.Clock.Half.Seconds())
}

func (t teller) strains(w analysis.Worker) string {
	var out []string
	for _, r := range w.Strains {
		out = append(out, r.Check+" "+t.Words(string(r.Level)))
	}
	if len(out) == 0 {
		return t.Say("passed")
	}
	return strings.Join(out, ", ")
}

// clockNoticed is by how much clocks differ before a reader is told.
const clockNoticed = 10 * time.Millisecond

// clientsBound are which clients held the load back, and whose clocks are off.
func (t teller) clientsBound(all []analysis.Worker) (out []string) {
	for _, w := range all {
		for _, r := range w.Strains {
			if r.Level == results.Condemn {
				out = append(out, t.Say("client %s was the bottleneck: %s: %s", t.Count(w.Index), t.check(r.Check),
					t.Words(r.Says)))
			}
		}
	}
	if len(out) == 0 {
		out = append(out, t.Say("no client was the bottleneck"))
	}
	for _, w := range all {
		if c := w.Clock; c.Known() && c.Offset.Abs() > max(clockNoticed, 3*c.Half) {
			out = append(out, t.Say("client %s: its clock is %s off the first client's; its times are laid right by what was "+
				"measured of that, ± %s", t.Count(w.Index), t.Duration(c.Offset.Abs().Seconds()), t.Duration(c.Half.Seconds())))
		}
	}
	return out
}

// A toldClient is a client of `report --json`.
type toldClient struct {
	Index  int      `json:"index"` // from 1
	Of     int      `json:"of"`
	Hosts  []string `json:"hosts"`
	Steps  int      `json:"steps"`
	Sent   int      `json:"sent"`
	Failed int      `json:"failed"`
	LagP99 float64  `json:"lag_p99_s"` // of its worst step
	// the first client's clock less its own
	Clock  *results.ServerClock `json:"clock,omitempty"`
	Checks []results.Reason     `json:"checks,omitempty"` // of the process and its host
	Bound  bool                 `json:"bottleneck"`
}

func tellClients(s *analysis.Study) (out []toldClient) {
	for _, w := range s.Workers() {
		c := toldClient{Index: w.Index, Of: w.Of, Hosts: w.Hosts, Steps: w.Steps, Sent: w.Sent, Failed: w.Failed,
			LagP99: w.Lag.Seconds(), Checks: w.Strains, Bound: w.Bound()}
		if w.Clock.Known() {
			c.Clock = &w.Clock
		}
		out = append(out, c)
	}
	return out
}
