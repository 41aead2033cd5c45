package scenarios

import (
	"errors"
	"fmt"
)

// A Shard says that a step is one client's part of a load that several share: the Index-th, from 1, of Of. The zero
// value is a whole load. Slots and scheduled requests number Index−1, Index−1+Of, … of the whole are its own, with the
// prompts and the due times that they have in the whole.
type Shard struct {
	Index       int     `json:"index"`
	Of          int     `json:"of"`
	Concurrency int     `json:"concurrency,omitzero"` // of the whole
	Rate        float64 `json:"rate,omitzero"`        // of the whole
}

// ParseShard reads "2/3".
func ParseShard(text string) (s Shard, err error) {
	rest := ""
	if n, _ := fmt.Sscanf(text, "%d/%d%s", &s.Index, &s.Of, &rest); n != 2 || s.Of < 2 || s.Index < 1 || s.Index > s.Of {
		return Shard{}, fmt.Errorf("%q is no shard: write 1/2 for the first of two clients", text)
	}
	return s, nil
}

// Whole is the number in the whole load of the shard's k-th slot or scheduled request.
func (s Shard) Whole(k int) int {
	if s.Of == 0 {
		return k
	}
	return k*s.Of + s.Index - 1
}

// share is how many of n are the shard's.
func (s Shard) share(n int) int { return (n - s.Index + s.Of) / s.Of }

// Whole is the step that the shard is a part of; of a whole step it is the step.
func (s Step) Whole() Step {
	if s.Shard.Of > 0 {
		s.Concurrency, s.Rate, s.Shard = s.Shard.Concurrency, s.Shard.Rate, Shard{}
	}
	return s
}

// Shard is one client's part of the plan, step by step. A list is not shared: the first client sends it by itself, one
// request at a time, and the others leave it out.
func (p Plan) Shard(s Shard) (out Plan, err error) {
	for _, st := range p.Steps {
		if st.Loop == Each && s.Index > 1 {
			continue
		}
		if st, err = st.Part(s); err != nil {
			return Plan{}, err
		}
		out.Steps = append(out.Steps, st)
	}
	if len(out.Steps) == 0 && len(p.Steps) > 0 {
		return Plan{}, errors.New("nothing of it can be shared: requests that are sent one at a time need one client")
	}
	return out, nil
}

// Part is one client's part of a whole step: of a closed loop its share of the slots, of a schedule every n-th request.
// A level with fewer slots than clients is an error: some would have nothing to do meanwhile, and fall out of step. The
// steps of a search are shared as they are found.
func (s Step) Part(of Shard) (Step, error) {
	if s.Loop == Each {
		return s, nil
	}
	if s.Loop == Closed && s.Find == "" && s.Concurrency < of.Of {
		return s, fmt.Errorf("concurrency %d cannot be shared by %d clients: leave such levels out, or measure them "+
			"from one client", s.Concurrency, of.Of)
	}
	s.Shard = Shard{Index: of.Index, Of: of.Of, Concurrency: s.Concurrency, Rate: s.Rate}
	s.Concurrency, s.Rate = of.share(s.Concurrency), s.Rate/float64(of.Of)
	if s.Find != "" {
		s.Concurrency = 0
	}
	if s.Cap > 0 {
		s.Cap = max(1, of.share(s.Cap))
	}
	s.Name = s.Directory()
	return s, nil
}
