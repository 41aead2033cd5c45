package sweep

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"loadgen/results"
	"loadgen/scenarios"
)

// Lanes are the players of one plan, each of targets that share nothing with the others', in a world and a virtual time
// of its own: they play at the same time, on the cores that there are.
type Lanes []*Player

// Play is Player.Play for the whole plan, of which each player has its part; the caller is no goroutine of a clock.
func (l Lanes) Play(ctx context.Context, plan scenarios.Plan, dir string, yaml []byte, man results.Manifest) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	m := meeting{}
	m.awaited.Add(len(l))
	m.open = sync.OnceValue(func() error { return l.open(plan, dir, yaml, man) })
	errs := make([]error, len(l))
	var all sync.WaitGroup
	for i, p := range l {
		p.apart, p.progress.Steps = true, len(plan.Steps)
		all.Go(func() {
			if errs[i] = p.playApart(ctx, &m, man); errs[i] != nil {
				stop(errs[i])
			}
		})
	}
	all.Wait()
	return errors.Join(first(errs), l.end())
}

// A meeting is where lanes wait for each other before the run begins: that every server is there.
type meeting struct {
	awaited sync.WaitGroup
	open    func() error // once, of what all have found
}

func (p *Player) playApart(ctx context.Context, m *meeting, man results.Manifest) (played error) {
	come := sync.OnceFunc(m.awaited.Done)
	defer come() // a clock may fail before
	defer p.close()
	err := p.env.Clock.Run("run", func() {
		p.unprepared = p.prepare(ctx, man)
		come()
		m.awaited.Wait()
		if played = m.open(); played == nil {
			played = p.playAll(ctx)
		}
	})
	return errors.Join(played, err)
}

// open begins the run with what all lanes have found.
func (l Lanes) open(plan scenarios.Plan, dir string, yaml []byte, man results.Manifest) error {
	failed := &QuickError{}
	for _, p := range l {
		var quick *QuickError
		if errors.As(p.unprepared, &quick) {
			failed.Results = append(failed.Results, quick.Results...)
		} else if p.unprepared != nil {
			return p.unprepared
		}
	}
	if len(failed.Results) > 0 {
		return failed
	}
	whole := &l[0].man
	whole.Plan = plan
	for _, p := range l[1:] {
		whole.Notes = append(whole.Notes, p.man.Notes[len(man.Notes):]...)
		maps.Copy(whole.Before, p.man.Before)
	}
	w, err := results.Create(dir, *whole, yaml)
	for _, p := range l {
		p.writer = w
	}
	return err
}

// end closes the manifest.
func (l Lanes) end() error {
	whole, w := &l[0].man, l[0].writer
	if w == nil {
		return nil
	}
	defer w.Close()
	for _, p := range l[1:] {
		if whole.After == nil {
			whole.After = map[string]results.ServerInfo{}
		}
		maps.Copy(whole.After, p.man.After)
	}
	whole.Ended = time.Now().UTC()
	return w.SetManifest(*whole)
}

// first is the first error that is not only the stop which another brought.
func first(errs []error) (out error) {
	for _, err := range errs {
		if err != nil && (out == nil || errors.Is(out, ErrStopped)) {
			out = err
		}
	}
	return out
}

// Progress is of all together; the step that it shows is one of those being played.
func (l Lanes) Progress() Progress {
	out, done := Progress{}, 0
	for _, p := range l {
		now := p.Progress()
		done += now.Done
		if out.Step.Name == "" {
			out = now
		}
	}
	out.Done = done
	return out
}

// closed is longer than a connection stays open that nobody uses.
const closed = time.Minute

// pause lets the connections of the steps before time out where other lanes' steps lie between in the plan, so that a
// step is what it would be in one world.
func (p *Player) pause(ctx context.Context, before int, next set) {
	if p.apart && next[0].Index != before+1 {
		_ = p.env.Clock.SleepUntil(ctx, p.env.Clock.Now()+closed)
	}
}
