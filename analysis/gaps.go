package analysis

import (
	"math"
	"slices"
	"time"

	"loadgen/results"
	"loadgen/stat"
)

// A gapPool is the gaps between arrivals of a cohort, s, in the order of the requests' starts. Up to keptArrivals they
// are kept as they are; a larger pool is held in histograms of 3 digits (0.1 %), one per tenth of it.
type gapPool struct {
	n        int
	values   []float64
	sections []gapSection // of a large pool
}

// A gapSection is consecutive gaps of a large pool.
type gapSection struct {
	times    *results.Recorder
	sum      float64
	min, max time.Duration
}

func newGapSection() gapSection {
	return gapSection{times: results.NewRecorder("itl"), min: math.MaxInt64, max: math.MinInt64}
}

func (s *gapSection) add(gap time.Duration) {
	s.times.Add(gap)
	s.sum += gap.Seconds()
	s.min, s.max = min(s.min, gap), max(s.max, gap)
}

func (s *gapSection) merge(o gapSection) {
	s.times.Merge(o.times)
	s.sum += o.sum
	s.min, s.max = min(s.min, o.min), max(s.max, o.max)
}

// at is the gap of a rank, s; what a histogram cannot tell from 0 is 0.
func (s *gapSection) at(rank int) float64 {
	if v := s.times.At(rank); v >= time.Microsecond {
		return v.Seconds()
	}
	return 0
}

func (s *gapSection) ranked() stat.Ranked { return stat.Ranked{N: s.times.N(), At: s.at} }

// A gapPass yields the gaps of every record of a step, numbered as in its requests; they are lent.
type gapPass func(yield func(i int, gaps []time.Duration)) error

func gapsOf(each pass) gapPass {
	return func(yield func(int, []time.Duration)) error {
		var gaps []time.Duration
		return each(func(i int, r *results.Record) error {
			gaps = gaps[:0]
			for _, a := range r.Arrivals[min(1, len(r.Arrivals)):] {
				gaps = append(gaps, a.Gap)
			}
			yield(i, gaps)
			return nil
		})
	}
}

// poolGaps pools the gaps of a step's cohort.
func (d *StepData) poolGaps(each gapPass) (gapPool, error) {
	at, n := d.places()
	p := gapPool{n: n}
	put := func(from int, gaps []time.Duration) {
		for k, gap := range gaps {
			p.values[from+k] = gap.Seconds()
		}
	}
	if d.again != nil && n > 0 {
		for range stat.Sections {
			p.sections = append(p.sections, newGapSection())
		}
		put = p.putSections
	} else {
		p.values = make([]float64, n)
	}
	err := each(func(i int, gaps []time.Duration) {
		if at[i] >= 0 {
			put(int(at[i]), gaps)
		}
	})
	return p, err
}

// putSections adds gaps whose first has a place in the pool's order.
func (p *gapPool) putSections(from int, gaps []time.Duration) {
	for len(gaps) > 0 {
		b := from * stat.Sections / p.n
		next := ((b+1)*p.n + stat.Sections - 1) / stat.Sections // where the section behind begins
		here := min(len(gaps), next-from)
		for _, gap := range gaps[:here] {
			p.sections[b].add(gap)
		}
		from, gaps = from+here, gaps[here:]
	}
}

// places tells where each record's gaps begin in the pool of the cohort's gaps in the order of starts, -1 where it is
// not of the cohort, and how many there are.
func (d *StepData) places() (at []int64, n int) {
	all := d.requests()
	at = make([]int64, all.n)
	for i := range at {
		at[i] = -1
	}
	for k, r := range d.cohort().all() {
		at[d.sorted[k]] = int64(n)
		n += r.Gaps()
	}
	return at, n
}

// binned is the pool in histograms.
func (p gapPool) binned() gapPool {
	if p.sections != nil || p.n == 0 {
		return p
	}
	out := gapPool{n: p.n}
	for range stat.Sections {
		out.sections = append(out.sections, newGapSection())
	}
	for k, v := range p.values {
		out.sections[k*stat.Sections/p.n].add(time.Duration(math.Round(v * 1e9)))
	}
	return out
}

// joinGaps puts the pools of a level's repetitions one behind the other. A tenth of what they are together is made of
// whole tenths of each.
func joinGaps(pools []gapPool) gapPool {
	var out gapPool
	for _, p := range pools {
		out.n += p.n
	}
	if !slices.ContainsFunc(pools, func(p gapPool) bool { return p.sections != nil }) && out.n <= keptArrivals {
		for _, p := range pools {
			out.values = append(out.values, p.values...)
		}
		return out
	}
	for range stat.Sections {
		out.sections = append(out.sections, newGapSection())
	}
	for i, p := range pools {
		for b, s := range p.binned().sections {
			out.sections[(i*stat.Sections+b)/len(pools)].merge(s)
		}
	}
	return out
}

// sample makes the pool ready for quantiles, with its mean and range.
func (p gapPool) sample() (s *stat.Sample, average Estimate, least, most float64) {
	if p.n == 0 {
		return stat.NewSample(nil), hidden(0, "no value"), math.Inf(1), math.Inf(-1)
	}
	if p.sections == nil {
		return stat.NewSample(p.values), mean(p.values), slices.Min(p.values), slices.Max(p.values)
	}
	whole := newGapSection()
	var ranked [stat.Sections]stat.Ranked
	var means [stat.Sections]float64
	for b := range p.sections {
		s := &p.sections[b]
		whole.merge(*s)
		ranked[b], means[b] = s.ranked(), s.sum/float64(s.times.N())
	}
	average = Estimate{Interval: stat.OfSections(whole.sum/float64(p.n), means), N: p.n}
	return stat.NewRankedSample(whole.ranked(), ranked), average, whole.min.Seconds(), whole.max.Seconds()
}

// median is the middle gap, s; NaN without any.
func (p gapPool) median() float64 {
	if p.sections == nil {
		return sortedQuantile(slices.Clone(p.values), 0.5)
	}
	whole := newGapSection()
	for _, s := range p.sections {
		whole.merge(s)
	}
	return whole.at((p.n + 1) / 2)
}
