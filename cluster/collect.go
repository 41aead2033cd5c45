package cluster

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"loadgen/results"
	"loadgen/scenarios"
)

// CatchUp brings what this client measured at starts before to the first one, which may lack it, and tells, on the
// first, which levels are whole: those of which one start has every part.
func (c *Client) CatchUp(ctx context.Context) (levels [][]*results.Step, err error) {
	var mine []*results.Run
	for _, run := range c.runs() {
		if start, part, _ := partOf(filepath.Base(run.Dir)); start < c.start && part == c.o.Part.Index {
			mine = append(mine, run)
		}
	}
	for _, run := range mine {
		if err := c.deliverHead(ctx, run.Dir); err != nil {
			return nil, err
		}
		for _, step := range run.Steps {
			if err := c.Deliver(ctx, run.Dir, step); err != nil {
				return nil, err
			}
		}
	}
	if _, err := c.Agree(ctx, "caught up", nil, func([][]byte) ([]byte, error) { return nil, nil }); err != nil {
		return nil, err
	}
	if c.host != nil {
		levels = wholeLevels(c.runs())
	}
	return levels, nil
}

// runs are those that lie here, of every start; what is no run yet is left out.
func (c *Client) runs() (out []*results.Run) {
	held, _ := os.ReadDir(c.o.Root)
	for _, e := range held {
		if _, _, ok := partOf(e.Name()); !ok {
			continue
		}
		if run, err := results.Open(filepath.Join(c.o.Root, e.Name())); err == nil {
			out = append(out, run)
		}
	}
	return out
}

// A levelKey is one try of a level: a start, and the level's name.
type levelKey struct {
	start int
	name  string
}

// wholeLevels are the levels of which one start has every client's part, none cut off, in the order of the plan.
func wholeLevels(runs []*results.Run) (out [][]*results.Step) {
	tries := map[levelKey][]*results.Step{}
	for _, run := range runs {
		start, _, _ := partOf(filepath.Base(run.Dir))
		for _, s := range run.Steps {
			k := levelKey{start, s.Meta.Step.Whole().Directory()}
			if s.Meta.Partial == "" && s.Meta.Verdict.State != "" {
				tries[k] = append(tries[k], s)
			}
		}
	}
	seen := map[string]bool{}
	for k, parts := range tries {
		if len(parts) == max(1, parts[0].Meta.Step.Shard.Of) && !seen[k.name] {
			seen[k.name] = true
			slices.SortFunc(parts, func(a, b *results.Step) int {
				return cmp.Compare(a.Meta.Step.Shard.Index, b.Meta.Step.Shard.Index)
			})
			out = append(out, parts)
		}
	}
	slices.SortFunc(out, func(a, b []*results.Step) int {
		x, y := a[0].Meta.Step, b[0].Meta.Step
		return cmp.Or(cmp.Compare(x.Index, y.Index), cmp.Compare(x.Try, y.Try))
	})
	return out
}

// Parts is sweep.Crew's.
func (c *Client) Parts(st scenarios.Step) (parts []*results.Step, err error) {
	if c.host == nil {
		return nil, errors.New("the first client has the parts")
	}
	for i := range c.o.Part.Of {
		st.Shard.Index = i + 1
		dir := results.StepDir(filepath.Join(c.o.Root, runName(c.start, i+1)), st.Directory())
		step, err := results.OpenStep(dir)
		if err != nil {
			return nil, err
		}
		parts = append(parts, step)
	}
	return parts, nil
}

// End brings what a run's manifest says at last, waits until all clients have, and ends the rendezvous.
func (c *Client) End(ctx context.Context) error {
	err := c.deliverHead(ctx, c.Dir())
	if err == nil {
		_, err = c.Agree(ctx, "end", nil, func([][]byte) ([]byte, error) { return nil, nil })
	}
	if err != nil {
		return c.Leave(err)
	}
	if c.host != nil {
		c.await(func() bool { return c.host.heardOf("end 1") })
		_ = c.host.end(errors.New("the load has ended"))
	}
	c.close()
	return nil
}

// Merge makes one run of what all clients measured, at every start. The parts stay where they are, so that an earlier
// merging of them can be made anew; a kill meanwhile leaves that, the new one, or none.
func (c *Client) Merge(dir string) error {
	next, old := beside(dir, "next"), beside(dir, "old")
	if err := errors.Join(os.RemoveAll(next), os.RemoveAll(old)); err != nil { // of a kill
		return err
	}
	was, err := results.Open(dir)
	if err != nil || !c.o.Resume || len(was.Manifest.Workers) == 0 {
		return results.Merge(dir, c.runs())
	}
	if err := results.Merge(next, c.runs()); err != nil {
		return err
	}
	if err := os.Rename(dir, old); err != nil {
		return err
	}
	return errors.Join(os.Rename(next, dir), os.RemoveAll(old))
}

// beside is a place next to a directory, for what is to take its name or had it.
func beside(dir, what string) string {
	return filepath.Join(filepath.Dir(dir), "."+filepath.Base(dir)+"."+what)
}
