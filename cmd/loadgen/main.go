// Loadgen loads vLLM servers at rising load, measures how much they hold within latency goals, and says which setting
// is the bottleneck and what to change. This package has the subcommands, flags, progress and exit codes; no logic.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"loadgen/results"
)

// Exit codes (docs/cli.md).
const (
	exitOK = 0
	// every request failed, too many did at a level within the held load, or a server, network or disk failed
	exitFailed  = 1
	exitUsage   = 2   // the command line or scenario is wrong, or a key variable is unset
	exitInvalid = 3   // no step is valid, though answers came
	exitWorse   = 4   // compare found a regression, or an assertion does not hold
	exitOpen    = 5   // compare is inconclusive
	exitStopped = 130 // Ctrl-C
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// run is the whole program but for the process.
func run(args []string, in io.Reader, out, errs io.Writer) int {
	answer := &watched{Writer: out}
	t := &terminal{in: in, out: answer, err: errs}
	root := newRoot(t)
	stop := func() {}
	defer func() { stop() }()
	root.PersistentPreRunE = func(c *cobra.Command, _ []string) error {
		if err := errors.Join(c.ValidateRequiredFlags(), c.ValidateFlagGroups()); err != nil {
			return err // cobra looks at them only later
		}
		t.begun = true
		if slices.Contains(stopped, c.Name()) {
			var ctx context.Context
			ctx, stop = stoppable(c.Context())
			c.SetContext(ctx)
		}
		return nil
	}
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(answer)
	root.SetErr(errs)
	c, err := root.ExecuteContextC(context.Background())
	// who reads no further has what he wanted
	if err == nil && answer.err != nil && !errors.Is(answer.err, syscall.EPIPE) {
		err = fail(exitFailed, "", "the answer could not be written: %w", answer.err)
	}
	if err != nil && !t.begun {
		err = plain(c, err)
	}
	return tell(errs, err, t.begun)
}

// stopped are the commands that end in order when they are told to: what was measured is kept. The others end at once,
// as any program does.
var stopped = []string{"run", "capacity", "quick", "simulate", "demo", "calibrate", "null-server", "fetch"}

// stoppable ends with the first Ctrl-C, SIGTERM or closed terminal; under nohup the terminal may close. A second signal
// ends the process at once. A reader of our words that is gone ends nothing.
func stoppable(parent context.Context) (context.Context, context.CancelFunc) {
	signals := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) {
		signals = append(signals, syscall.SIGHUP)
	}
	signal.Ignore(syscall.SIGPIPE)
	ctx, stop := signal.NotifyContext(parent, signals...)
	context.AfterFunc(ctx, stop)
	return ctx, stop
}

// A failure is an error with its exit code and a hint.
type failure struct {
	code int
	err  error
	hint string
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

func fail(code int, hint, format string, args ...any) error {
	return &failure{code, fmt.Errorf(format, args...), hint}
}

// tell prints an error the one way errors are printed and returns the exit code. What fails before a command has begun
// is the command line's fault.
func tell(w io.Writer, err error, begun bool) int {
	if err == nil {
		return exitOK
	}
	f := &failure{code: exitUsage, err: err, hint: "loadgen --help lists the commands"}
	if begun {
		f.code, f.hint = exitFailed, ""
	}
	errors.As(err, &f)
	for _, line := range strings.Split(results.Plain(f.Error()), "\n") {
		fmt.Fprintf(w, "loadgen: %s\n", line)
	}
	if f.hint != "" {
		fmt.Fprintf(w, "loadgen: hint: %s\n", f.hint)
	}
	return f.code
}

func newRoot(t *terminal) *cobra.Command {
	root := &cobra.Command{
		Use:           "loadgen",
		Short:         "How much load does a vLLM server hold, what holds it back, and what to change",
		Version:       version(),
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(
		newDemo(t), newRun(t), newQuick(t), newReport(t), newRecommend(t), newCompare(t), newCapacity(t),
		newInit(t), newCheck(t), newScenarios(t), newSchema(t), newExplain(t), newSimulate(t), newCalibrate(t),
		newNullServer(t),
		newExport(t), newImport(t), newMerge(t), newCluster(t), newLs(t), newVersion(t),
	)
	dressed(root)
	return root
}
