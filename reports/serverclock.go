package reports

import (
	"fmt"
	"time"

	"loadgen/results"
)

// serverClocks is one line per server that tells the time: what to take from its log's stamps to lay them beside ours.
func (t teller) serverClocks() []string {
	var out []string
	for _, of := range t.s.Targets {
		before, after := t.s.Run.Manifest.Before[of.Target.Name].Clock, t.s.Run.Manifest.After[of.Target.Name].Clock
		if before.N == 0 && after.N == 0 {
			continue
		}
		line := t.Say("%s: server clock: before %s; after %s", of.Target.Name, t.clock(before), t.clock(after))
		if before.Known() && after.Known() {
			line += t.Say("; drift %s ± %s", t.signed(after.Offset-before.Offset),
				t.Duration((before.Half + after.Half).Seconds()))
		}
		out = append(out, line)
	}
	return out
}

func (t teller) clock(c results.ServerClock) string {
	switch {
	case c.N == 0:
		return t.Say("unknown")
	case !c.Known():
		return t.Words(c.Fault)
	}
	return t.Say("ours %s ± %s", t.signed(c.Offset), t.Duration(c.Half.Seconds()))
}

func (t teller) signed(d time.Duration) string {
	sign := "+ "
	if d < 0 {
		sign = "− "
	}
	if d.Abs() >= time.Second {
		// three digits would be coarser than what is known
		return fmt.Sprintf("%s%s ms", sign, t.Count(int(d.Abs().Round(time.Millisecond).Milliseconds())))
	}
	return sign + t.Duration(d.Abs().Seconds())
}
