package reports

import (
	"fmt"
	"time"

	"loadgen/analysis"
	"loadgen/results"
)

// serverClocks is one line per server that tells the time: what to take from its log's stamps to lay them beside ours.
func serverClocks(s *analysis.Study) []string {
	var out []string
	for _, t := range s.Targets {
		before, after := s.Run.Manifest.Before[t.Target.Name].Clock, s.Run.Manifest.After[t.Target.Name].Clock
		if before.N == 0 && after.N == 0 {
			continue
		}
		line := fmt.Sprintf("%s: server clock: before %s; after %s", t.Target.Name, clockSays(before), clockSays(after))
		if before.Known() && after.Known() {
			line += fmt.Sprintf("; drift %s ± %s", signed(after.Offset-before.Offset), duration((before.Half + after.Half).Seconds()))
		}
		out = append(out, line)
	}
	return out
}

func clockSays(c results.ServerClock) string {
	switch {
	case c.N == 0:
		return "not known"
	case !c.Known():
		return c.Fault
	}
	return fmt.Sprintf("ours %s ± %s", signed(c.Offset), duration(c.Half.Seconds()))
}

func signed(d time.Duration) string {
	sign := "+ "
	if d < 0 {
		sign = "− "
	}
	if d.Abs() >= time.Second {
		return fmt.Sprintf("%s%.4f s", sign, d.Abs().Seconds()) // three digits would be coarser than what is known
	}
	return sign + duration(d.Abs().Seconds())
}
