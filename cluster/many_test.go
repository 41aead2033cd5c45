//go:build unix

package cluster

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"loadgen/clock"
	"loadgen/scenarios"
	"loadgen/sweep"
)

// TestTheFirstClientIsIdle is run by `make cluster`: 99 others, in a process of their own, beat and agree as they do in
// a load of levels of half a minute, and the first client's process must have its cores for its own requests.
func TestTheFirstClientIsIdle(t *testing.T) {
	if os.Getenv("LOADGEN_TEST_CLUSTER") == "" {
		t.Skip("make cluster")
	}
	const of, rounds, level = 100, 4, 30 * time.Second
	if url := os.Getenv("LOADGEN_TEST_GUESTS"); url != "" {
		guests(t, url, of, rounds)
		return
	}
	b := newBand(t, of)
	other := exec.Command(os.Args[0], "-test.run=^TestTheFirstClientIsIdle$", "-test.v")
	other.Env = append(os.Environ(), "LOADGEN_TEST_GUESTS="+b.url)
	var said strings.Builder
	other.Stdout, other.Stderr = &said, &said
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	o := b.options(0, t.TempDir())
	o.Lost, o.Limit = 15*time.Second, time.Minute
	c, err := Join(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	cpu, began := cpuTime(), time.Now()
	for range rounds {
		if err := round(c, level); err != nil {
			t.Fatal(err)
		}
	}
	share := (cpuTime() - cpu).Seconds() / time.Since(began).Seconds()
	t.Logf("the first of %d clients used %.2f %% of a core over %v", of, 100*share, time.Since(began).Round(time.Second))
	if share > 0.02 {
		t.Errorf("%.2f %% of a core", 100*share)
	}
	if err := errors.Join(c.bye(), other.Wait()); err != nil {
		t.Errorf("%v\n%s", err, said.String())
	}
}

// round is what clients agree about in one level, which the first one makes last.
func round(c *Client, level time.Duration) error {
	for _, matter := range []string{"leave out", "begin", "window", "evidence", "chased", "hand over", "played"} {
		c.Sum("level", sweep.Tally{InFlight: 1})
		said := []byte(strings.Repeat("x", 300)) // as long as what is said of two clocks
		if _, err := c.Agree(c.Context(), matter, said, func([][]byte) ([]byte, error) { return said, nil }); err != nil {
			return err
		}
		pause(c.Context(), level/7)
	}
	return c.Context().Err()
}

func guests(t *testing.T, url string, of, rounds int) {
	var all sync.WaitGroup
	errs := make([]error, of)
	for i := 1; i < of; i++ {
		all.Go(func() {
			c, err := Join(context.Background(),
				Options{URL: url, Token: "open sesame", Part: scenarios.Shard{Index: i + 1, Of: of},
					Build: "b", Scenario: "s", Host: "host-" + strconv.Itoa(i), Root: t.TempDir(), Limit: time.Minute,
					Lost: 15 * time.Second, Clock: clock.NewWall()})
			if err != nil {
				errs[i] = err
				return
			}
			for range rounds {
				if errs[i] = round(c, 0); errs[i] != nil {
					return
				}
			}
			errs[i] = c.bye()
		})
	}
	all.Wait()
	if err := errors.Join(errs...); err != nil {
		t.Error(err)
	}
	fmt.Println("guests have ended")
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
