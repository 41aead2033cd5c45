package results

import "fmt"

// Counts adds up the steps of a target, or of all for "": every step, condemned ones too, so that each request is there
// once.
func (r *Run) Counts(target string) Counts {
	sum := Counts{Faults: map[Fault]int{}}
	for _, s := range r.Steps {
		if target != "" && s.Meta.Step.Target != target {
			continue
		}
		c := s.Meta.Counts
		sum.Sent, sum.OK, sum.Cohort = sum.Sent+c.Sent, sum.OK+c.OK, sum.Cohort+c.Cohort
		for f, n := range c.Faults {
			sum.Faults[f] += n
		}
	}
	return sum
}

// add accounts for one request.
func (c *Counts) add(r *Record) {
	c.Sent++
	if r.OK() {
		c.OK++
	} else {
		if c.Faults == nil {
			c.Faults = map[Fault]int{}
		}
		c.Faults[r.Fault]++
	}
	if r.Phase == Measure {
		c.Cohort++
	}
}

// Room is how many records to make room for before they are read; a file that says more is not believed.
func (c Counts) Room() int { return min(max(c.Sent, 0), 1<<20) }

// Failed is the sum of the faults.
func (c Counts) Failed() int {
	n := 0
	for _, k := range c.Faults {
		n += k
	}
	return n
}

// ByFault writes each fault that there is, such as "12 reset", in the order of Faults.
func (c Counts) ByFault() []string {
	var out []string
	for _, f := range Faults {
		if c.Faults[f] > 0 {
			out = append(out, fmt.Sprintf("%d %s", c.Faults[f], f))
		}
	}
	return out
}
