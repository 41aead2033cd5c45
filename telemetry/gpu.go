package telemetry

import (
	"bufio"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"

	"loadgen/clock"
	"loadgen/results"
)

// Names of a GPU's samples, as nvidia-smi spells them.
const (
	GPUMemoryTotal = "memory.total"                   // MiB
	GPUMemoryUsed  = "memory.used"                    // MiB, of all processes
	GPUUtilization = "utilization.gpu"                // % of the time in which any kernel ran
	GPUPower       = "power.draw"                     // W
	GPUPowerLimit  = "power.limit"                    // W
	GPUClock       = "clocks.sm"                      // MHz
	GPUThrottling  = "clocks_throttle_reasons.active" // a bit set; 0x1 is idle, 0x4 the power limit
	GPUTemperature = "temperature.gpu"                // °C
)

// gpuFields are asked for, behind the index.
var gpuFields = []string{GPUMemoryTotal, GPUMemoryUsed, GPUUtilization, GPUPower, GPUPowerLimit, GPUClock,
	GPUThrottling, GPUTemperature}

// GPUPeriod is how often nvidia-smi is asked, and a simulated one tells.
const GPUPeriod = time.Second

// StartGPU starts command, ["nvidia-smi"] or what runs it elsewhere (["ssh", "gpu1", "nvidia-smi"]), and hands a sample
// of each field and GPU to sink, from a goroutine of its own, until Stop or the end of ctx. Times count from start on
// clk, which is the wall clock. The error says that there is no such command. When it ends by itself, a missing Scrape
// says so.
func StartGPU(ctx context.Context, clk clock.Clock, command []string, start, every time.Duration,
	sink func(results.Sample)) (*childWatch, error) {
	smi := child{source: results.GPU, read: readGPUs, command: func(ctx context.Context) *exec.Cmd {
		return query(ctx, command, append([]string{"index"}, gpuFields...), "-lms",
			strconv.FormatInt(every.Milliseconds(), 10))
	}}
	w, err := smi.follow(ctx, clk, start, sink)
	if err != nil {
		return nil, fmt.Errorf("no GPU is watched: %w", err)
	}
	return w, nil
}

// query is a run of nvidia-smi that asks for fields.
func query(ctx context.Context, command, fields []string, more ...string) *exec.Cmd {
	args := append(slices.Clone(command[1:]), "--query-gpu="+strings.Join(fields, ","), "--format=csv,noheader,nounits")
	child := exec.CommandContext(ctx, command[0], append(args, more...)...)
	inGroup(child)
	child.WaitDelay = childPatience // where a grandchild holds the pipe
	return child
}

// readGPUs turns lines such as "0, 24564, 20311, 97, 301.22, 450.00, 2520, 0x0000000000000004, 66" into samples until
// the end.
func readGPUs(out io.Reader, since func() time.Duration, sink func(results.Sample)) {
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		row := strings.Split(lines.Text(), ", ")
		if len(row) != 1+len(gpuFields) {
			continue // a message, or a line cut by the end
		}
		at := since()
		for i, field := range gpuFields {
			v, ok := number(row[1+i])
			sink(results.Sample{At: at, Source: results.GPU, Name: field, Label: row[0], Value: v, Missing: !ok})
		}
	}
}

// number reads a value of nvidia-smi: decimal, or hexadecimal for bit sets; "[N/A]" is none.
func number(text string) (float64, bool) {
	text = strings.TrimSpace(text)
	if bits, err := strconv.ParseUint(text, 0, 64); err == nil {
		return float64(bits), true
	}
	v, err := strconv.ParseFloat(text, 64)
	return v, err == nil
}

// GPUs lists the cards that command names.
func GPUs(ctx context.Context, command []string) ([]results.GPUInfo, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	out, err := query(ctx, command, []string{"index", "memory.total", "name"}).Output()
	if err != nil {
		return nil, fmt.Errorf("no GPU is known: %w", err)
	}
	in := csv.NewReader(strings.NewReader(string(out)))
	in.TrimLeadingSpace, in.LazyQuotes, in.FieldsPerRecord = true, true, 3
	rows, err := in.ReadAll()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", command[0], err)
	}
	var gpus []results.GPUInfo
	for _, row := range rows {
		index, err := strconv.Atoi(row[0])
		if err != nil {
			return nil, fmt.Errorf("%s: %q is no GPU's index", command[0], row[0])
		}
		memory, _ := number(row[1]) // 0 where a card does not tell
		gpus = append(gpus, results.GPUInfo{Index: index, Name: row[2], MemoryMiB: memory})
	}
	return gpus, nil
}
