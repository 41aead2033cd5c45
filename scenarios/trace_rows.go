package scenarios

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"
)

// sorted puts stamps in their order, and the lines that they stand in with them.
func (t *Trace) sorted(stamps []time.Duration) []time.Duration {
	order := make([]int, len(stamps))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(stamps[a], stamps[b]) })
	out, lines := make([]time.Duration, 0, len(stamps)), make([]int, 0, len(stamps))
	for _, i := range order {
		out = append(out, stamps[i])
		if i < len(t.lines) {
			lines = append(lines, t.lines[i])
		}
	}
	t.lines = lines
	return out
}

// outOfOrder is how far a stamp may lie before one above it: logs are written when answers end.
const outOfOrder = 10 * time.Minute

// backwards tells of stamps that run backwards further than a log's order does: a clock that was set, times of day
// without their date, or files one after the other. In order they would be another traffic.
func (t *Trace) backwards(stamps []time.Duration) error {
	latest := time.Duration(math.MinInt64)
	for i, at := range stamps {
		if latest = max(latest, at); at < latest-outOfOrder {
			line := i + 1
			if i < len(t.lines) {
				line = t.lines[i]
			}
			return fmt.Errorf("%s:%d: the stamps run backwards, by %v here: expected one clock that runs on; sort the file "+
				"where it is several one after the other, and give dates where they are times of day", t.File, line,
				(latest - at).Round(time.Second))
		}
	}
	return nil
}

// pair keeps the rows of one file together: where the only class takes its prompts from the trace's own file, each
// arrival asks the prompt of its row. Rows without a prompt are left out of the arrivals too.
func (s *Scenario) pair() error {
	if len(s.Prompts) != 1 || s.Prompts[0].Source == nil {
		return nil
	}
	for i := range s.Phases {
		p := &s.Phases[i]
		t := p.Arrival.Trace
		if t == nil || t.SHA != s.Prompts[0].Source.SHA || len(t.lines) != len(t.Stamps) {
			continue
		}
		before := t.Rate
		if err := t.follow(s.Prompts[0].Source); err != nil {
			return err
		}
		if len(p.Rate) == 1 && p.Rate[0] == before {
			p.Rate[0] = t.Rate
		}
	}
	return nil
}

// follow names the source's row of each stamp.
func (t *Trace) follow(source *source) error {
	rowOf := map[int]int{}
	for i, line := range source.lines {
		rowOf[line] = i
	}
	var stamps []time.Duration
	var lines []int
	for k, line := range t.lines {
		if _, ok := rowOf[line]; ok {
			stamps, lines = append(stamps, t.Stamps[k]), append(lines, line)
		}
	}
	if len(stamps) < len(t.Stamps) {
		t.lines = lines
		if err := t.learn(stamps); err != nil {
			return err
		}
	}
	for _, line := range t.lines {
		t.rows = append(t.rows, rowOf[line])
	}
	return nil
}

// pairConcerns says how the stamps were read, and where arrivals and prompts of one file are drawn apart.
func (s *Scenario) pairConcerns(phase string, t *Trace) []concern {
	var out []concern
	for _, says := range t.Says {
		out = append(out, concern{ID: "trace-unit", Says: fmt.Sprintf("phase %s: %s: %s", phase, t.File, says),
			Instead: "unit: s, ms, us or ns says what the stamps are in"})
	}
	for _, c := range s.Prompts {
		if c.Source != nil && c.Source.SHA == t.SHA && t.rows == nil {
			out = append(out, concern{ID: "rows-drawn-apart",
				Says: fmt.Sprintf("phase %s: arrivals and prompts of class %s are both of %s, and its rows are drawn apart, "+
					"since there are several classes",
					phase, c.Name, t.File), Instead: "one class alone keeps each row's arrival and lengths together"})
		}
	}
	return out
}

// sourceConcerns says what of a file of prompts is not asked as it stands there.
func (s *Scenario) sourceConcerns() []concern {
	var out []concern
	for _, c := range s.Prompts {
		if c.Source == nil {
			continue
		}
		if n := c.Source.LeftOut; n > 0 {
			out = append(out, concern{ID: "rows-left-out", Says: fmt.Sprintf("class %s: %d of %d rows of %s have no prompt or "+
				"no answer, as failed requests do: they are left out", c.Name, n, n+c.Source.N, c.Source.File),
				Instead: "nothing, where they were failures"})
		}
		for _, says := range c.Source.Says {
			out = append(out, concern{ID: "file-not-as-it-is", Says: fmt.Sprintf("class %s: %s: %s", c.Name, c.Source.File,
				says), Instead: "change the file where that matters"})
		}
	}
	return out
}
