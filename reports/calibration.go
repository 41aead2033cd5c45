package reports

import (
	"loadgen/locale"
	"loadgen/results"
)

// Calibration tells what a host carries and what it adds, level by level.
func Calibration(l *locale.Locale, c results.Calibration) Document {
	verdict := l.Say("%s carries %s token events/s on %s of %s cores", c.Host, l.Number(c.Events), l.Count(c.GOMAXPROCS),
		l.Count(c.Cores))
	if !c.Bound {
		verdict = l.Say("%s carries at least %s token events/s on %s of %s cores", c.Host, l.Number(c.Events),
			l.Count(c.GOMAXPROCS), l.Count(c.Cores))
	}
	g := newGrid(l, ">streams", ">written/s", ">read/s", ">added TTFT p50", ">added TTFT p99", ">added ITL p50",
		">added ITL p99", ">server late p99")
	for _, at := range c.Levels {
		g.add(l.Count(at.Streams), l.Number(at.Written), l.Number(at.Read), seconds(at.TTFTp50.Seconds()),
			seconds(at.TTFTp99.Seconds()), seconds(at.ITLp50.Seconds()),
			seconds(at.ITLp99.Seconds()), seconds(at.ServerLateP99.Seconds()))
	}
	notes := []string{l.Say("added is measured − true; the null server ran on core %s; load average %s at the start",
		c.ServerCore, l.Number(c.Load))}
	if c.Why != "" {
		notes = append(notes, l.Say("the last level is where it ended: %s", l.Words(c.Why)))
	}
	return Document{Title: l.Say("Calibration"), Locale: l, Verdict: verdict,
		Sections: []Section{{Title: l.Say("Levels"), Table: g.table(), Notes: notes}}}
}
