package main

import (
	"bufio"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"loadgen/results"
)

// An exportFlags is what `export` was asked.
type exportFlags struct {
	format   string
	out      string
	step     string
	metric   string
	detailed bool
}

func newExport(t *terminal) *cobra.Command {
	var o exportFlags
	var known []string
	for _, f := range results.Formats {
		known = append(known, f.Name)
	}
	names := strings.Join(known, ", ")
	c := &cobra.Command{
		Use:   "export RUN --format F",
		Short: "Write what was measured for another tool: " + names,
		Args:  cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			f, ok := results.FindFormat(o.format)
			if !ok {
				return fail(exitUsage, "formats: "+names, "unknown format %q", o.format)
			}
			sel, err := o.selection(args[0])
			if err != nil {
				return err
			}
			t.warn(sel.Run)
			return t.export(f, sel, o.out)
		},
	}
	c.Flags().StringVar(&o.format, "format", "", names)
	c.Flags().StringVar(&o.out, "out", "", "write into this `file` instead of standard output")
	c.Flags().StringVar(&o.step, "step", "", "this `step` only, such as 002-mini-n4-r1; default all")
	c.Flags().StringVar(&o.metric, "metric", "ttft", "hgrm: which `metric`")
	c.Flags().BoolVar(&o.detailed, "detailed", false, "vllm: each request's own values too")
	return c
}

// selection opens the run and finds the steps.
func (o exportFlags) selection(dir string) (results.Selection, error) {
	run, err := openRun(dir)
	if err != nil {
		return results.Selection{}, err
	}
	sel := results.Selection{Run: run, Metric: o.metric, Detailed: o.detailed}
	var names []string
	for _, s := range run.Steps {
		names = append(names, s.Meta.Step.Name)
		if o.step == "" || o.step == s.Meta.Step.Name {
			sel.Steps = append(sel.Steps, s)
		}
	}
	switch steps := "steps: " + strings.Join(names, ", "); {
	case o.step != "" && len(sel.Steps) == 0:
		return sel, fail(exitUsage, steps, "%s has no step %q", dir, o.step)
	case o.format == "hgrm" && len(sel.Steps) > 1:
		return sel, fail(exitUsage, steps, "a .hgrm holds one distribution: choose one with --step")
	}
	return sel, nil
}

// openRun opens a run directory for a command.
func openRun(dir string) (*results.Run, error) {
	run, err := results.Open(dir)
	if errors.Is(err, results.ErrNoRun) {
		return nil, fail(exitUsage, "a run directory is what loadgen run wrote", "%w", err)
	}
	if err != nil {
		return nil, fail(exitUsage, "loadgen ls DIR lists the runs in DIR that can be read", "%w", err)
	}
	return run, nil
}

// warn says beside the answer what a reader must know of runs.
func (t *terminal) warn(runs ...*results.Run) {
	for _, r := range runs {
		for _, w := range r.Warnings {
			t.note("%s: %s", r.Dir, w)
		}
	}
}

// export writes a selection; a file that was not written whole never has its name.
func (t *terminal) export(f results.Format, sel results.Selection, path string) error {
	if path == "" {
		return exported(f, sel, t.out)
	}
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() { // a device or a pipe
		file, err := os.OpenFile(path, os.O_WRONLY, 0)
		if err != nil {
			return fail(exitFailed, "", "%w", err)
		}
		return errors.Join(exported(f, sel, file), file.Close())
	}
	// a kill leaves no half file under the name
	beside := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".partial")
	file, err := os.Create(beside)
	if err != nil {
		return fail(exitFailed, "", "%w", err)
	}
	if err := errors.Join(exported(f, sel, file), file.Close()); err != nil {
		_ = os.Remove(beside)
		return err
	}
	if err := os.Rename(beside, path); err != nil {
		_ = os.Remove(beside)
		return fail(exitFailed, "", "%w", err)
	}
	return nil
}

func exported(f results.Format, sel results.Selection, w io.Writer) error {
	out := bufio.NewWriterSize(w, 1<<16)
	if err := errors.Join(f.Write(out, sel), out.Flush()); err != nil {
		return fail(exitFailed, "", "%s: %w", f.Name, err)
	}
	return nil
}
