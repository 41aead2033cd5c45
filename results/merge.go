package results

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"loadgen/scenarios"
)

// Merge makes one run in dir of runs of one scenario against the same servers: repeats, whose steps become repetitions,
// numbered anew, and shards of one load, whose steps stay beside each other for the analysis to join. The order of runs
// does not matter, nor does what was merged before, and a step that is in several of them is taken once. Records,
// samples and logs are copied byte for byte. What differs in scenario, clock or server is an error: such runs are
// compared, not merged.
func Merge(dir string, runs []*Run) error {
	if len(runs) == 0 {
		return errors.New("nothing to merge")
	}
	runs = slices.Clone(runs)
	slices.SortStableFunc(runs, func(a, b *Run) int {
		return cmp.Or(a.Manifest.Started.Compare(b.Manifest.Started), cmp.Compare(a.Manifest.Host.Name, b.Manifest.Host.Name),
			cmp.Compare(fmt.Sprintf("%+v", a.Manifest), fmt.Sprintf("%+v", b.Manifest)))
	})
	for _, r := range runs {
		if err := mergeable(runs[0], r); err != nil {
			return err
		}
	}
	m := joined(runs)
	var steps []mergedStep
	for _, r := range runs {
		for _, s := range r.Steps {
			steps = append(steps, mergedStep{s, r.began(s).Add(s.Meta.Clock.Offset).Sub(m.Started).Nanoseconds()})
		}
	}
	steps = numbered(steps)
	m.Plan = scenarios.Plan{}
	for _, s := range steps {
		m.Plan.Steps = append(m.Plan.Steps, s.Meta.Step)
	}
	scenario, err := os.ReadFile(filepath.Join(runs[0].Dir, scenarioFile))
	if err != nil {
		return err
	}
	return writeWhole(dir, func(beside string) error {
		w, err := Create(beside, m, scenario)
		if err != nil {
			return err
		}
		defer w.Close()
		for _, s := range steps {
			if err := w.adopt(s.Step); err != nil {
				return err
			}
		}
		return nil
	})
}

// joined is the first run's manifest, from its start to the last one's end, with the notes of all.
func joined(runs []*Run) Manifest {
	m := runs[0].Manifest
	m.Notes, m.Salt, m.Workers = nil, salts(runs), workers(runs)
	m.Before, m.After = withoutClocks(m.Before), withoutClocks(m.After) // each client has its own clock
	for _, r := range runs {
		if len(m.After) == 0 {
			m.After = withoutClocks(r.Manifest.After)
		}
	}
	for _, r := range runs {
		m.Before, m.After = withGPUs(m.Before, r.Manifest.Before), withGPUs(m.After, r.Manifest.After)
		m.Notes = append(m.Notes, r.Manifest.Notes...)
		if r.Manifest.Ended.After(m.Ended) {
			m.Ended = r.Manifest.Ended
		}
		if len(r.Manifest.After) == 0 && !startedAgain(r, runs) {
			m.After = nil // one of them was cut off: nobody knows its servers' end
		}
	}
	if note := saltNote(m); note != "" {
		m.Notes = append(m.Notes, note)
	}
	slices.Sort(m.Notes)
	m.Notes = slices.Compact(m.Notes)
	return m
}

// startedAgain reports whether a client that was cut off has played on at a later start.
func startedAgain(r *Run, runs []*Run) bool {
	s := r.shard()
	return s.Of > 0 && len(r.Manifest.Workers) == 0 && slices.ContainsFunc(runs, func(o *Run) bool {
		return o.shard().Index == s.Index && o.Manifest.Started.After(r.Manifest.Started)
	})
}

// saltNote tells of shards that shared prefixes with themselves alone: there are more salts than any of them was
// started with.
func saltNote(m Manifest) string {
	starts, most := map[int]int{}, 0
	for _, w := range m.Workers {
		starts[w.Index]++
		most = max(most, starts[w.Index])
	}
	n := len(strings.Fields(m.Salt))
	shares := m.Parsed != nil && slices.ContainsFunc(m.Parsed.Prompts, func(c scenarios.PromptClass) bool {
		return c.SharedPrefix != nil
	})
	if len(starts) == 0 || n <= most || !shares {
		return ""
	}
	return fmt.Sprintf("the shards had %d salts: each had shared prefixes of its own, so that there were more of them "+
		"than planned; give all the same --salt", n)
}

// workers are the clients of all runs that have a part of a load, in an order that depends on them alone.
func workers(runs []*Run) (out []Worker) {
	for _, r := range runs {
		out = append(out, r.Manifest.Workers...)
		s := r.shard()
		if len(r.Manifest.Workers) > 0 || s.Of == 0 {
			continue
		}
		w := Worker{Index: s.Index, Of: s.Of, Started: r.Manifest.Started, Host: r.Manifest.Host,
			Calibration: r.Manifest.Calibration}
		for _, st := range r.Steps {
			if !w.Clock.Known() {
				w.Clock = st.Meta.Clock
			}
		}
		out = append(out, w)
	}
	slices.SortFunc(out, func(a, b Worker) int {
		return cmp.Or(cmp.Compare(a.Index, b.Index), a.Started.Compare(b.Started), cmp.Compare(a.Host.Name, b.Host.Name))
	})
	return slices.CompactFunc(out, func(a, b Worker) bool {
		return a.Index == b.Index && a.Started.Equal(b.Started) && a.Host == b.Host
	})
}

// salts are those of all runs, in their order.
func salts(runs []*Run) string {
	var out []string
	for _, r := range runs {
		for salt := range strings.FieldsSeq(r.Manifest.Salt) {
			if !slices.Contains(out, salt) {
				out = append(out, salt)
			}
		}
	}
	return strings.Join(out, " ")
}

// shard is which part of a load a run is, by its steps or by those that it was to play.
func (r *Run) shard() scenarios.Shard {
	planned := r.Manifest.Plan.Steps
	for _, s := range r.Steps {
		planned = append(planned[:len(planned):len(planned)], s.Meta.Step)
	}
	for _, st := range planned {
		if st.Shard.Of > 0 {
			return st.Shard
		}
	}
	return scenarios.Shard{}
}

// A mergedStep is a step with its start since the merged run's, ns.
type mergedStep struct {
	*Step
	began int64
}

// mergeable tells what keeps two runs apart.
func mergeable(a, b *Run) error {
	if apart := poolsApart(a.Manifest.Before, b.Manifest.Before); apart != "" {
		return fmt.Errorf("%s and %s are of different servers (%s): compare them instead", a.Dir, b.Dir, apart)
	}
	for _, c := range []struct {
		what string
		x, y any
	}{
		{"scenarios", repeatedOnce(a.Manifest.Parsed), repeatedOnce(b.Manifest.Parsed)},
		{"clocks", a.Manifest.Simulated, b.Manifest.Simulated},
		{"servers", withGPUs(ofAnyStart(a.Manifest.Before), b.Manifest.Before),
			withGPUs(ofAnyStart(b.Manifest.Before), a.Manifest.Before)},
		{"servers at the end", withGPUs(ofAnyStart(a.Manifest.After), b.Manifest.After),
			withGPUs(ofAnyStart(b.Manifest.After), a.Manifest.After)},
	} {
		if c.what == "servers at the end" && (len(a.Manifest.After) == 0 || len(b.Manifest.After) == 0) {
			continue
		}
		x, err := json.Marshal(c.x)
		if err != nil {
			return err
		}
		y, err := json.Marshal(c.y)
		if err != nil {
			return err
		}
		if !bytes.Equal(x, y) {
			return fmt.Errorf("%s and %s have different %s: compare them instead", a.Dir, b.Dir, c.what)
		}
	}
	return nil
}

// repeatedOnce is a scenario without how often it repeats its levels: that is what merged runs add to each other.
func repeatedOnce(sc *scenarios.Scenario) *scenarios.Scenario {
	if sc == nil {
		return nil
	}
	out := *sc
	out.Phases = slices.Clone(sc.Phases)
	for i := range out.Phases {
		out.Phases[i].Repeat = 1
	}
	return &out
}

// numbered puts steps into an order that depends on them alone, leaves out what is there twice, and numbers
// repetitions. Shards that were played at the same time are of one.
func numbered(steps []mergedStep) []mergedStep {
	slices.SortFunc(steps, func(a, b mergedStep) int {
		x, y := a.Meta.Step, b.Meta.Step
		return cmp.Or(cmp.Compare(x.Target, y.Target), cmp.Compare(x.Phase, y.Phase),
			cmp.Compare(x.Whole().Level(), y.Whole().Level()), cmp.Compare(x.Label(), y.Label()),
			cmp.Compare(a.began, b.began), cmp.Compare(a.Meta.Files[recordsFile], b.Meta.Files[recordsFile]))
	})
	tries := triesOf(steps)
	var out []mergedStep
	for _, s := range steps {
		copied := *s.Step
		st := &copied.Meta.Step
		st.Index, st.Rep = len(out)+1, 1
		copied.Meta.Began, copied.Meta.Clock = time.Duration(s.began), ServerClock{} // on the first client's clock now
		if slices.ContainsFunc(out, s.twin) {
			continue
		}
		if n := len(out); n > 0 && sameLevel(out[n-1].Meta.Step, *st) {
			st.Rep = out[n-1].Meta.Step.Rep + 1
		}
		if st.Shard.Of > 0 {
			st.Rep = max(tries[levelOf(*st)].at(s.began), st.Rep)
		}
		st.Name = st.Directory()
		out = append(out, mergedStep{&copied, s.began})
	}
	return out
}

// twin reports whether another step is the same one, or a rehearsal that played it again: the same records, which add
// nothing to what is known.
func (s mergedStep) twin(o mergedStep) bool {
	return sameLevel(s.Meta.Step, o.Meta.Step) && s.Meta.Files[recordsFile] == o.Meta.Files[recordsFile] &&
		(s.began == o.began || s.Meta.Simulated)
}

func sameLevel(a, b scenarios.Step) bool {
	return a.Target == b.Target && a.Phase == b.Phase && a.Label() == b.Label()
}

// A level is what shards are parts of.
type level struct{ target, phase, label string }

func levelOf(st scenarios.Step) level { return level{st.Target, st.Phase, st.Whole().Label()} }

// starts are when each try of a level began, in order: that of its earliest shard.
type starts []int64

// triesOf parts the shards of each level into tries: one ends when all that ran side by side have.
func triesOf(steps []mergedStep) map[level]starts {
	byStart := slices.DeleteFunc(slices.Clone(steps), func(s mergedStep) bool { return s.Meta.Step.Shard.Of == 0 })
	slices.SortStableFunc(byStart, func(a, b mergedStep) int { return cmp.Compare(a.began, b.began) })
	out, ends := map[level]starts{}, map[level]int64{}
	for _, s := range byStart {
		l := levelOf(s.Meta.Step)
		if len(out[l]) == 0 || s.began >= ends[l] {
			out[l] = append(out[l], s.began)
		}
		ends[l] = max(ends[l], s.began+max(s.Meta.Window.Drained, s.Meta.Window.End).Nanoseconds())
	}
	return out
}

// at numbers the try that had begun last by then, from 1.
func (s starts) at(began int64) int {
	n := 0
	for n < len(s) && s[n] <= began {
		n++
	}
	return n
}

// adopt copies a step's files, each after comparing it with its checksum, and makes it exist under its new name.
func (w *Writer) adopt(s *Step) error {
	partial, final, err := w.place(s.Meta.Step)
	if err != nil {
		return err
	}
	for name := range s.Meta.Files {
		if err := s.copyTo(filepath.Join(partial, name), name); err != nil {
			return err
		}
	}
	data, err := s.Meta.encode()
	if err != nil {
		return err
	}
	return publish(partial, final, data)
}

func (s *Step) copyTo(path, name string) error {
	from, _, err := s.open(name)
	if err != nil {
		return err
	}
	defer from.Close()
	_, err = writeFile(path, func(w io.Writer) error { _, err := io.Copy(w, from); return err })
	return err
}
