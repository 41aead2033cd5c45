package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"loadgen/clock"
	"loadgen/reports"
	"loadgen/results"
	"loadgen/sweep"
	"loadgen/telemetry"
)

// calibrationFresh is how long a calibration holds.
const calibrationFresh = 24 * time.Hour

const calibrateHelp = `Measure what this host can carry and what it adds to TTFT and ITL, against a server that does nothing but keep time: a child
process of this program, pinned to another core where there are two. The result is kept for 24 hours in the user's cache folder; run copies
it into its manifest, where V4 reads it. Takes about half a minute; measure on a machine that does nothing else.`

func newCalibrate(t *terminal) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "calibrate",
		Short: "Measure this host's own ceiling and bias against a null server",
		Long:  calibrateHelp,
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			t.chooseCores(nil)
			cal := t.calibrate(c.Context(), sweep.LongLadder)
			if c.Context().Err() != nil {
				return fail(exitStopped, "", "stopped; nothing is kept")
			}
			if cal.Problem != "" {
				return fail(exitFailed, "", "%s", cal.Problem)
			}
			if asJSON {
				return json.NewEncoder(t.out).Encode(cal)
			}
			return reports.Terminal(t.out, calibrationDocument(cal), isTerminal(t.out))
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// newNullServer is the child that calibrations measure against.
func newNullServer(t *terminal) *cobra.Command {
	var ttft, itl time.Duration
	c := &cobra.Command{
		Use: "null-server", Hidden: true, Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			favour()
			defer runtime.KeepAlive(steady())
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return fail(exitFailed, "", "%w", err)
			}
			t.say("%s", l.Addr())
			go func() {
				_, _ = io.Copy(io.Discard, t.in) // until the parent ends
				_ = l.Close()
			}()
			if err := sweep.ServeNull(l, ttft, itl); !errors.Is(err, net.ErrClosed) {
				return fail(exitFailed, "", "%w", err)
			}
			return nil
		},
	}
	c.Flags().DurationVar(&ttft, "ttft", sweep.NullTTFT, "time to the first token")
	c.Flags().DurationVar(&itl, "itl", sweep.NullITL, "time between tokens")
	return c
}

// favour puts this process into a session of its own, ahead of the machine's other work where the kernel groups by session
// and lets it: what keeps time must not wait.
func favour() {
	_, _ = syscall.Setsid()
	_ = os.WriteFile("/proc/self/autogroup", []byte("-15"), 0)
}

// calibrate measures this host and keeps the result; what stands in the way stands in Problem.
func (t *terminal) calibrate(ctx context.Context, ladder sweep.NullLadder) results.Calibration {
	clk := clock.NewWall()
	at, load := time.Now().UTC(), loadAverage()
	var c results.Calibration
	address, core, stop, err := startNullServer(os.Args[0])
	if err == nil {
		defer stop()
		ended := clk.Run("calibration", func() { c, err = sweep.Calibrate(ctx, clk, address, ladder) })
		err = errors.Join(ended, err)
	}
	host := telemetry.Host()
	c.Version, c.At, c.Host, c.Cores, c.GOMAXPROCS, c.Load = results.Version, at, host.Name, host.Cores, host.GOMAXPROCS, load
	c.ServerCore, c.Short = core, ladder.Hold < time.Second
	if err != nil {
		c.Problem = err.Error()
	} else if err := keepCalibration(c); err != nil {
		t.note("the calibration cannot be kept: %v", err)
	}
	return c
}

// calibration is what a run takes: a fresh one, else a short one made now.
func (t *terminal) calibration(ctx context.Context) *results.Calibration {
	c, err := keptCalibration()
	if host := telemetry.Host(); err != nil || time.Since(c.At) > calibrationFresh || c.Host != host.Name || c.GOMAXPROCS != host.GOMAXPROCS {
		t.note("no fresh calibration of this host: measuring it for three seconds; loadgen calibrate does it better")
		c = t.calibrate(ctx, sweep.ShortLadder)
	}
	return &c
}

func calibrationPath() (string, error) {
	dir, err := os.UserCacheDir()
	return filepath.Join(dir, "loadgen", "calibration.json"), err
}

func keptCalibration() (c results.Calibration, err error) {
	path, err := calibrationPath()
	if err != nil {
		return c, err
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return c, err
	}
	if err = json.Unmarshal(data, &c); err == nil && (c.Version != results.Version || len(c.Levels) == 0) {
		err = errors.New("of another version")
	}
	return c, err
}

func keepCalibration(c results.Calibration) error {
	path, err := calibrationPath()
	if err != nil {
		return err
	}
	data, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o666)
}

// startNullServer starts the program as a child on a core that this process is kept from, else on the last one.
func startNullServer(program string, flags ...string) (address, core string, stop func(), err error) {
	if hostCores() < 2 {
		return "", "", nil, errors.New("one core: client and null server would measure each other")
	}
	self, err := exec.LookPath(program)
	if err != nil {
		return "", "", nil, err
	}
	line := append([]string{self, "null-server"}, flags...)
	if taskset, err := exec.LookPath("taskset"); err == nil {
		core = otherCore()
		line = append([]string{taskset, "-c", core}, line...)
	}
	child := exec.Command(line[0], line[1:]...)
	in, err := child.StdinPipe()
	if err != nil {
		return "", "", nil, err
	}
	out, err := child.StdoutPipe()
	if err != nil {
		return "", "", nil, err
	}
	if err := child.Start(); err != nil {
		return "", "", nil, err
	}
	stop = func() {
		_ = in.Close()
		_ = child.Wait()
	}
	address, err = bufio.NewReader(out).ReadString('\n')
	if err != nil {
		stop()
		return "", "", nil, fmt.Errorf("the null server did not start: %w", err)
	}
	return strings.TrimSpace(address), core, stop, nil
}

// hostCores is how many cores the host has, those that this process is kept from among them.
func hostCores() int {
	n := 0
	stat, _ := os.ReadFile("/proc/stat") // elsewhere than on Linux there is none
	for line := range strings.Lines(string(stat)) {
		if name, _, _ := strings.Cut(line, " "); strings.HasPrefix(name, "cpu") && name != "cpu" {
			n++
		}
	}
	return max(n, runtime.NumCPU())
}

// otherCore is the highest core outside this process's affinity, else the highest one.
func otherCore() string {
	ours := map[int]bool{}
	status, _ := os.ReadFile("/proc/self/status")
	for line := range strings.Lines(string(status)) {
		if list, found := strings.CutPrefix(line, "Cpus_allowed_list:"); found {
			ours = coreList(list)
		}
	}
	last := hostCores() - 1
	for core := last; core >= 0; core-- {
		if !ours[core] {
			return strconv.Itoa(core)
		}
	}
	return strconv.Itoa(last)
}

// coreList reads "0-2,5".
func coreList(text string) map[int]bool {
	out := map[int]bool{}
	for _, part := range strings.Split(strings.TrimSpace(text), ",") {
		from, to, ranged := strings.Cut(part, "-")
		if !ranged {
			to = from
		}
		low, err1 := strconv.Atoi(from)
		high, err2 := strconv.Atoi(to)
		for core := low; core <= high && err1 == nil && err2 == nil; core++ {
			out[core] = true
		}
	}
	return out
}

func calibrationDocument(c results.Calibration) reports.Document {
	verdict := fmt.Sprintf("%s carries %.0f token events/s on %d of %d cores", c.Host, c.Events, c.GOMAXPROCS, c.Cores)
	if !c.Bound {
		verdict += " at least"
	}
	tab := &reports.Table{Columns: []reports.Column{{Head: "streams", Right: true}, {Head: "written/s", Right: true}, {Head: "read/s", Right: true},
		{Head: "added TTFT p50", Right: true}, {Head: "p99", Right: true}, {Head: "added ITL p50", Right: true}, {Head: "p99", Right: true}, {Head: "server late p99", Right: true}}}
	for _, l := range c.Levels {
		row := []string{strconv.Itoa(l.Streams), fmt.Sprintf("%.0f", l.Written), fmt.Sprintf("%.0f", l.Read)}
		for _, d := range []time.Duration{l.TTFTp50, l.TTFTp99, l.ITLp50, l.ITLp99, l.ServerLateP99} {
			row = append(row, fmt.Sprintf("%.3f ms", d.Seconds()*1e3))
		}
		tab.Rows = append(tab.Rows, row)
	}
	notes := []string{fmt.Sprintf("added is measured − true; the null server ran on core %s; load average %.2f at the start", c.ServerCore, c.Load)}
	if c.Why != "" {
		notes = append(notes, "the last level is where it ended: "+c.Why)
	}
	return reports.Document{Title: "calibration", Verdict: verdict, Sections: []reports.Section{{Title: "Levels", Table: tab, Notes: notes}}}
}
