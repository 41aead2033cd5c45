package analysis

import (
	"cmp"
	"fmt"
	"runtime"
	"slices"
	"sync"

	"loadgen/results"
	"loadgen/scenarios"
)

// A reading is what a target played at one load, and the point that it becomes; nil where nothing of it can be used.
type reading struct {
	played
	of    *TargetStudy
	point *Point
	err   error
}

// read fills the targets' points, levels side by side.
func (s *Study) read(targets []*TargetStudy, kept *results.Kept) error {
	var levels []*reading
	for _, t := range targets {
		for _, p := range t.played(s.Run) {
			levels = append(levels, &reading{played: p, of: t})
		}
	}
	var all sync.WaitGroup
	cores := make(chan bool, runtime.GOMAXPROCS(0))
	for _, l := range levels {
		all.Go(func() {
			cores <- true
			l.point, l.err = s.point(l, kept)
			<-cores
		})
	}
	all.Wait()
	for _, l := range levels {
		if l.err != nil {
			return l.err
		}
		l.of.take(l.point)
	}
	for _, t := range targets {
		slices.SortStableFunc(t.Points, func(a, b *Point) int {
			return cmp.Or(cmp.Compare(a.Loop, b.Loop), cmp.Compare(a.Level, b.Level))
		})
	}
	return nil
}

func (ts *TargetStudy) take(p *Point) {
	switch {
	case p == nil:
	case p.Loop == scenarios.Each:
		ts.Each = append(ts.Each, p)
	default:
		ts.Points = append(ts.Points, p)
	}
}

// KeepPoint keeps what was made of one step, for a study in which it is a level by itself.
func KeepPoint(kept *results.Kept, sc *scenarios.Scenario, t scenarios.Target, p *Point) {
	name, inputs := keptPoint(sc, &TargetStudy{Target: t}, [][]results.StepMeta{p.Steps})
	kept.Keep(name, inputs, p)
}

// keptPoint is the name under which a level's point is kept, and what it depends on.
func keptPoint(sc *scenarios.Scenario, of *TargetStudy, metas [][]results.StepMeta) (name string, inputs any) {
	name = fmt.Sprintf("point-%s-%03d", of.Target.Name, metas[0][0].Step.Index)
	return name, []any{sc, of.Target, of.Parts, metas}
}

// point is the kept one where the step's files are whole and nothing else that it depends on has changed.
func (s *Study) point(l *reading, kept *results.Kept) (*Point, error) {
	name, inputs := keptPoint(s.Scenario, l.of, l.metas())
	var p Point
	if kept != nil && l.whole() && kept.Recall(name, inputs, &p) {
		return &p, nil
	}
	data, err := l.load()
	if err != nil || len(data) == 0 {
		return nil, err
	}
	made := Pool(s.Scenario, l.of.Target, data)
	made.repeat(s.Scenario, l.of.Target, usable(data))
	if kept != nil {
		kept.Keep(name, inputs, made)
	}
	return made, nil
}
