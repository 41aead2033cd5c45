package analysis

import (
	"fmt"
	"slices"
	"time"

	"loadgen/results"
	"loadgen/vllm"
)

// keptArrivals is up to how many arrivals of a step are kept in memory. A longer step's are read from its file again
// for each pass, so that what a step takes here does not grow with its tokens.
const keptArrivals = 1 << 19

// An arrivalFacts is what the arrivals of one step told.
type arrivalFacts struct {
	backwards int         // requests with a negative gap
	events    int         // token events read inside the window
	lumping   lumping     // of the cohort's whole answers
	rates     pooledRates // inside the window
	books     pooledRates // between the first and the last reading of the server's own token counter inside it
	gaps      gapPool     // of the cohort
}

// A pass yields every record of a step with its arrivals, numbered as in its requests.
type pass func(yield func(i int, r *results.Record) error) error

func inMemory(records []results.Record) pass {
	return func(yield func(int, *results.Record) error) error {
		for i := range records {
			if err := yield(i, &records[i]); err != nil {
				return err
			}
		}
		return nil
	}
}

func (d *StepData) each() pass {
	if d.again != nil {
		return d.again
	}
	return inMemory(d.Records)
}

// arrivals tells what the step's arrivals told; for records in memory the first call does the work.
func (d *StepData) arrivals() *arrivalFacts {
	if d.facts == nil {
		_ = d.look() // memory does not fail, and of files ReadStep has looked
	}
	return d.facts
}

// lookAgain looks at the arrivals of a long step, which are not in memory.
func (d *StepData) lookAgain() error {
	if d.again == nil || d.facts != nil {
		return nil
	}
	return d.look()
}

// look fills the facts in two passes: sums; gaps, which need everyone's place.
func (d *StepData) look() error {
	each, sums := d.each(), d.newSums()
	err := each(func(_ int, r *results.Record) error { sums.add(r); return nil })
	if err != nil {
		return err
	}
	d.facts = sums.facts()
	d.facts.gaps, err = d.poolGaps(gapsOf(each))
	return err
}

// An arrivalSums adds up what records tell one by one, in any order.
type arrivalSums struct {
	arrivalFacts
	window      results.Window
	here, there *rateSections
}

func (d *StepData) newSums() *arrivalSums {
	w := d.Meta.Window
	return &arrivalSums{window: w, here: newRateSections(w), there: newRateSections(d.bookWindow())}
}

func (s *arrivalSums) add(r *results.Record) {
	s.sum(r, s.window)
	s.here.add(r)
	s.there.add(r)
}

func (s *arrivalSums) facts() *arrivalFacts {
	s.here.into(&s.rates)
	s.there.into(&s.books)
	return &s.arrivalFacts
}

// bookWindow is from the first to the last reading of the server's token counter inside the window.
func (d *StepData) bookWindow() results.Window {
	read := pick(d.Samples, results.Server, vllm.GenerationTokens, "", d.Meta.Window.Start, d.Meta.Window.End)
	if len(read) == 0 {
		return results.Window{}
	}
	return results.Window{Start: read[0].At, End: read[len(read)-1].At}
}

func (f *arrivalFacts) sum(r *results.Record, w results.Window) {
	at, cohort := r.FirstToken, r.Phase == results.Measure && r.OK()
	if cohort {
		f.lumping.add(r)
	}
	back := 0
	for _, a := range r.Arrivals {
		if a.Gap < 0 {
			back = 1
		}
		if cohort && a.Events > 1 {
			f.lumping.lumped += float64(a.Events)
		}
		if at += a.Gap; at >= w.Start && at < w.End {
			f.events += int(a.Events)
		}
	}
	f.backwards += back
}

// ReadStep reads a step's files.
func ReadStep(st *results.Step) (*StepData, error) { return readStep(st, keptArrivals) }

// readStep keeps up to so many arrivals; of a step with more it looks at them in the file and keeps none.
func readStep(st *results.Step, most int) (*StepData, error) {
	d := &StepData{Meta: st.Meta}
	var err error
	if d.Samples, err = st.Samples(); err == nil {
		err = d.read(st, most)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", st.Meta.Step.Name, err)
	}
	return d, nil
}

// read reads the records once, and the gaps of a long step once more.
func (d *StepData) read(st *results.Step, most int) error {
	file, err := st.OpenRecords()
	if err != nil {
		return err
	}
	defer file.Close()
	least, err := file.ArrivalsAtLeast()
	if err != nil {
		return err
	}
	if least > int64(most) { // none need be kept for a while
		d.pack()
	}
	n, sums := 0, d.newSums()
	err = file.Each(func(r *results.Record) error {
		sums.add(r)
		if n += len(r.Arrivals); n > most {
			d.pack()
		}
		if d.table != nil {
			d.table.Add(r)
			return nil
		}
		kept := *r
		kept.Arrivals = slices.Clone(r.Arrivals)
		d.Records = append(d.Records, kept)
		return nil
	})
	if err != nil || d.table == nil {
		return err
	}
	place := d.sort()
	d.again = func(yield func(int, *results.Record) error) error {
		i := -1
		return st.Each(func(r *results.Record) error { i++; return yield(int(place[i]), r) })
	}
	d.facts = sums.facts()
	d.facts.gaps, err = d.poolGaps(func(yield func(int, []time.Duration)) error {
		i := -1
		return file.Gaps(func(gaps []time.Duration) error { i++; yield(int(place[i]), gaps); return nil })
	})
	return err
}

// sort puts the table in the order of starts, in which it is looked through again and again, and tells where each
// record went.
func (d *StepData) sort() (place []int32) {
	order := d.requests().byStart(anyOf)
	d.table = d.table.Sorted(order)
	place = make([]int32, len(order))
	for k, i := range order {
		place[i] = int32(k)
	}
	return place
}
