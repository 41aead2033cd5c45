package main

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"loadgen/calibration"
	"loadgen/locale"
	"loadgen/reports"
	"loadgen/results"
	"loadgen/scenarios"
)

const calibrateHelp = `Measure what this host can carry and what it adds to TTFT and ITL, against a server that does
nothing but keep time: a child process of this program, pinned to another core where there are two. The result is
kept for 24 hours in the user's cache folder; run copies it into its manifest, where V4 reads it. Takes about half a
minute; measure on a machine that does nothing else.`

func newCalibrate(t *terminal) *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "calibrate",
		Short: "Measure this host's own ceiling and bias against a null server",
		Long:  calibrateHelp,
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			t.chooseCores(nil)
			cal := t.calibrate(c.Context(), calibration.LongLadder)
			if c.Context().Err() != nil {
				return fail(exitStopped, "", "stopped; nothing is kept")
			}
			if cal.Problem != "" {
				return fail(exitFailed, "", "%s", cal.Problem)
			}
			if asJSON {
				return json.NewEncoder(t.out).Encode(cal)
			}
			return t.print(reports.Calibration(locale.English, cal))
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
			calibration.Favour()
			defer runtime.KeepAlive(calibration.ThisHost().Steady())
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				return fail(exitFailed, "", "%w", err)
			}
			t.say("%s", l.Addr())
			go func() {
				_, _ = io.Copy(io.Discard, t.in) // until the parent ends
				_ = l.Close()
			}()
			if err := calibration.ServeNull(l, ttft, itl); !errors.Is(err, net.ErrClosed) {
				return fail(exitFailed, "", "%w", err)
			}
			return nil
		},
	}
	c.Flags().DurationVar(&ttft, "ttft", calibration.NullTTFT, "time to the first token")
	c.Flags().DurationVar(&itl, "itl", calibration.NullITL, "time between tokens")
	return c
}

// calibrate measures this host and keeps the result; what stands in the way stands in Problem.
func (t *terminal) calibrate(ctx context.Context, ladder calibration.NullLadder) results.Calibration {
	host := calibration.ThisHost()
	c := host.Measure(ctx, os.Args[0], ladder)
	if c.Problem == "" {
		if err := host.Keep(c); err != nil {
			t.note("the calibration cannot be kept: %v", err)
		}
	}
	return c
}

// calibration is what a run takes: a fresh one, else a short one made now.
func (t *terminal) calibration(ctx context.Context) *results.Calibration {
	c, err := calibration.ThisHost().Kept(time.Now())
	if err != nil {
		t.note("no fresh calibration of this host: measuring it for three seconds; loadgen calibrate does it better")
		c = t.calibrate(ctx, calibration.ShortLadder)
	}
	return &c
}

// chooseCores sets how many cores a run on the wall clock uses, says so, and says when this is the wrong machine.
// GOMAXPROCS of the environment wins.
func (t *terminal) chooseCores(targets []scenarios.Target) {
	host := calibration.ThisHost()
	t.ballast = host.Steady()
	if host.ProcsSet {
		return
	}
	local := len(targets) == 0 // a calibration's server is on this host
	for _, target := range targets {
		local = local || calibration.OnThisHost(target.URL)
	}
	n := host.CoresFor(local)
	runtime.GOMAXPROCS(n)
	t.note("using %d of %d cores (load average %.2f)", n, host.Cores, host.Load)
	switch {
	case host.Busy():
		t.note("this host is busy: scheduling delays of this client will inflate TTFT and ITL; use an idle machine")
	case local && host.Cores < 4 && len(targets) > 0:
		t.note("server and client share %d cores: for more than some hundred streams load from another machine", host.Cores)
	}
}
