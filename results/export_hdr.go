package results

import (
	"fmt"
	"io"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// hgrmTicks are the lines per halving of the rest, as HdrHistogram's own tools take.
const hgrmTicks = 5

// writeHgrm writes the percentile distribution of the selection's metric over one step's cohort, in ms. Its readers
// know one distribution per file, so several steps are an error, as is a metric that is no time.
func writeHgrm(w io.Writer, sel Selection) error {
	m, ok := FindMetric(sel.Metric)
	if !ok || !m.Log {
		return fmt.Errorf("%q is no metric of time that is logged", sel.Metric)
	}
	if len(sel.Steps) != 1 {
		return fmt.Errorf("a .hgrm holds one distribution, and %d steps are selected", len(sel.Steps))
	}
	return sel.Steps[0].rebuilt(func(metric string, log []*Recorder) error {
		if metric != m.Name {
			return nil
		}
		if _, err := fmt.Fprintf(w, "#[%s, metric %s in ms]\n", sel.Steps[0].says(), m.Name); err != nil {
			return err
		}
		_, err := log[0].hist.PercentilesPrint(w, hgrmTicks, float64(time.Millisecond))
		return err
	})
}

// writeHlog writes every step's histograms, rebuilt from its records, as one HDR V2 log in ns: tags are step/metric and
// step/metric/class, times are seconds since the run's start.
func writeHlog(w io.Writer, sel Selection) error {
	out := hdr.NewHistogramLogWriter(w)
	for _, s := range sel.Steps {
		if err := out.OutputComment("[" + s.says() + "]"); err != nil {
			return err
		}
	}
	if err := out.OutputLogFormatVersion(); err != nil {
		return err
	}
	if err := out.OutputLegend(); err != nil {
		return err
	}
	for _, s := range sel.Steps {
		err := s.rebuilt(func(_ string, log []*Recorder) error {
			for _, r := range log {
				r.hist.SetTag(tag(s.Meta.Step.Name) + "/" + r.Tag())
				r.hist.SetStartTimeMs((s.Meta.Began + s.Meta.Window.Start).Milliseconds())
				r.hist.SetEndTimeMs((s.Meta.Began + s.Meta.Window.End).Milliseconds())
				if err := out.OutputIntervalHistogram(r.hist); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// rebuilt hands over the step's logs, made anew from its records, metric by metric.
func (s *Step) rebuilt(take func(metric string, log []*Recorder) error) error {
	book := newLogBook()
	if err := s.Each(func(r *Record) error { book.add(r); return nil }); err != nil {
		return err
	}
	dropped, err := book.finish(s.Meta.Window, take)
	if err == nil && dropped > 0 {
		err = fmt.Errorf("%s: %d times lie outside 1 µs to 1 h and fit no histogram", s.Meta.Step.Name, dropped)
	}
	return err
}
