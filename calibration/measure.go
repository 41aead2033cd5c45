package calibration

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"loadgen/clock"
	"loadgen/results"
)

// Measure plays a ladder against a null server, a child of the given program, which must serve it as its command
// null-server. What stands in the way stands in Problem.
func (h host) Measure(ctx context.Context, program string, ladder NullLadder) results.Calibration {
	clk := clock.NewWall()
	at := time.Now().UTC()
	var c results.Calibration
	address, core, stop, err := h.StartNullServer(program)
	if err == nil {
		defer stop()
		ended := clk.Run("calibration", func() { c, err = calibrate(ctx, clk, address, ladder) })
		err = errors.Join(ended, err)
	}
	c.Version, c.At, c.Host, c.Cores, c.GOMAXPROCS, c.Load = results.Version, at, h.Name, h.Cores, h.GOMAXPROCS, h.Load
	c.ServerCore, c.Short = core, ladder.Hold < time.Second
	if err != nil {
		c.Problem = err.Error()
	}
	return c
}

// StartNullServer starts the program's command null-server as a child on a core that this process is kept from, else on
// the last one. It returns the address and core of the child, and what ends it.
func (h host) StartNullServer(program string, flags ...string) (address, core string, stop func(), err error) {
	if h.Cores < 2 {
		return "", "", nil, errors.New("one core: client and null server would measure each other")
	}
	self, err := exec.LookPath(program)
	if err != nil {
		return "", "", nil, err
	}
	line := append([]string{self, "null-server"}, flags...)
	if taskset, err := exec.LookPath("taskset"); err == nil {
		core = strconv.Itoa(h.otherCore())
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
