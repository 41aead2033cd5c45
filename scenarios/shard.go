package scenarios

import "fmt"

// A Shard says that a step is one client's part of a load that several share: the Index-th, from 1, of Of. The zero
// value is a whole load. Slots and scheduled requests number Index−1, Index−1+Of, … of the whole are its own, with the
// prompts and the due times that they have in the whole.
type Shard struct {
	Index       int
	Of          int
	Concurrency int     `json:",omitempty"` // of the whole
	Rate        float64 `json:",omitempty"` // of the whole
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

// Shard is one client's part of the plan: of a closed loop its share of the slots, of a schedule every n-th request, of
// a list every n-th entry. A level with fewer slots than clients is an error: some would have nothing to do meanwhile,
// and fall out of step.
func (p Plan) Shard(s Shard) (Plan, error) {
	var out Plan
	for _, st := range p.Steps {
		if st.Find != "" {
			return Plan{}, fmt.Errorf("a search goes on by what one client saw, and cannot be shared by %d: find the load "+
				"from one client, or give the rates", s.Of)
		}
		if st.Loop == Closed && st.Concurrency < s.Of {
			return Plan{}, fmt.Errorf("concurrency %d cannot be shared by %d clients: leave such levels out, or measure them "+
				"from one client", st.Concurrency, s.Of)
		}
		st.Shard = s
		st.Shard.Concurrency, st.Shard.Rate = st.Concurrency, st.Rate
		st.Concurrency, st.Rate = s.share(st.Concurrency), st.Rate/float64(s.Of)
		if st.Cap > 0 {
			st.Cap = max(1, s.share(st.Cap))
		}
		st.Name = st.Directory()
		out.Steps = append(out.Steps, st)
	}
	return out, nil
}
