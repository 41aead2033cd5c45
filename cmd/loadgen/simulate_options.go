package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"loadgen/rehearsal"
	"loadgen/simulator"
	"loadgen/simulator/machine"
	"loadgen/vllm"
)

// A simulateOptions is the command line of simulate: ours, and the server's.
type simulateOptions struct {
	simulator.Options
	port               int
	regime             simulator.Regime
	logFile, truthFile string
	fitRun, fitTarget  string // fit to this run, and do not serve
	fitOut             string
	help, list         bool
	modelConfig        string // path
	warnings           []string
}

// parseSimulate takes our own flags out and leaves the rest to the simulator.
func parseSimulate(args []string) (simulateOptions, error) {
	o := simulateOptions{port: 8000}
	rest, err := o.takeOwn(args, o.own())
	if err != nil {
		return o, err
	}
	server, warnings, err := simulator.ParseArgs(rest)
	o.warnings = warnings
	o.lay(server)
	if err == nil {
		err = o.readConfig()
	}
	if err == nil && o.Model == "" && !o.help && !o.list && o.fitRun == "" {
		err = errors.New("--model is missing")
	}
	return o, err
}

// readConfig reads the model's config.json; a model without a name is called by its directory.
func (o *simulateOptions) readConfig() (err error) {
	if o.modelConfig == "" {
		if _, _, known := vllm.FindModel(o.Model); !known && o.Model != "" {
			o.Config, _ = vllm.CachedConfig(o.Model)
		}
		return nil
	}
	if o.Config, err = vllm.LoadConfig(o.modelConfig, o.Model); err != nil {
		return fmt.Errorf("--model-config %s: %w", o.modelConfig, err)
	}
	if o.Model == "" {
		o.Model = filepath.Base(strings.TrimSuffix(filepath.Clean(o.modelConfig), string(filepath.Separator)+"config.json"))
	}
	return nil
}

// setGPU takes a card's name, or its numbers: memory=80,bandwidth=2039,bf16=312.
func (o *simulateOptions) setGPU(v string) error {
	if !strings.Contains(v, "=") {
		o.GPU = v
		return nil
	}
	told := map[string]string{}
	for _, part := range strings.Split(v, ",") {
		key, value, _ := strings.Cut(part, "=")
		told[strings.TrimSpace(key)] = value
	}
	card, err := vllm.OwnCard(told)
	o.GPU, o.Card = card.Name, &card
	return err
}

// lay puts what vLLM's own flags say on the regime, if one was named.
func (o *simulateOptions) lay(server simulator.Options) {
	base := o.regime.Options
	o.Flags = maps.Clone(base.Flags)
	if o.Flags == nil {
		o.Flags = map[string]any{}
	}
	maps.Copy(o.Flags, server.Flags)
	o.Model, o.GPU = first(server.Model, base.Model), first(o.GPU, base.GPU)
	o.APIKey = first(server.APIKey, o.APIKey)
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// own are our flags, each with what its value sets.
func (o *simulateOptions) own() map[string]func(string) error {
	return map[string]func(string) error{
		"--gpu":          o.setGPU,
		"--model-config": func(v string) error { o.modelConfig = v; return nil },
		"--speed":        func(v string) (err error) { o.Speed, err = positive(v); return err },
		"--port":         func(v string) (err error) { o.port, err = portNumber(v); return err },
		"--api-key-env":  func(v string) error { o.APIKey = os.Getenv(v); return present(v, o.APIKey) },
		"--log":          func(v string) error { o.logFile = v; return nil },
		"--truth":        func(v string) error { o.truthFile = v; return nil },
		"--taken":        func(v string) (err error) { o.Taken, err = positive(v); return err },
		"--link":         func(v string) (err error) { o.Link, err = findLink(v); return err },
		"--regime":       o.setRegime,
		"--fit":          func(v string) error { o.fitRun = v; return nil },
		"--target":       func(v string) error { o.fitTarget = v; return nil },
		"--out":          func(v string) error { o.fitOut = v; return nil },
		"--profile":      func(v string) (err error) { o.Profile, err = rehearsal.ReadProfile(v); return err },
		"--fault": func(v string) error {
			f, err := simulator.ParseFault(v)
			o.Faults = append(o.Faults, f)
			return err
		},
		"--slow": func(v string) error {
			s, err := simulator.ParseSlowdown(v)
			o.Slow = append(o.Slow, s)
			return err
		},
	}
}

func (o *simulateOptions) setRegime(name string) error {
	var known bool
	if o.regime, known = simulator.FindRegime(name); !known {
		return errors.New("no such regime; --list shows them")
	}
	return nil
}

func positive(v string) (float64, error) {
	f, err := strconv.ParseFloat(v, 64)
	if err != nil || !(f > 0) {
		return 0, errors.New("expected a number above 0")
	}
	return f, nil
}

func portNumber(v string) (int, error) {
	n, err := strconv.Atoi(v)
	if err != nil || n < 0 || n > 65535 {
		return 0, errors.New("expected a port, 0 to 65535 (0 takes a free one)")
	}
	return n, nil
}

func findLink(name string) (machine.Link, error) {
	switch name {
	case "nvlink":
		return machine.NVLink, nil
	case "p2p":
		return machine.PCIe, nil
	case "host":
		return machine.Host, nil
	}
	return machine.Auto, errors.New("known are nvlink, p2p and host")
}

func present(name, value string) error {
	if value == "" {
		return fmt.Errorf("the variable %s is not set", name)
	}
	return nil
}

// takeOwn sets what own names and returns the other arguments.
func (o *simulateOptions) takeOwn(args []string, own map[string]func(string) error) (rest []string, err error) {
	for i := 0; i < len(args); i++ {
		name, value, inline := strings.Cut(args[i], "=")
		set, ours := own[name]
		switch {
		case name == "--help" || name == "-h":
			o.help = true
		case name == "--list":
			o.list = true
		case !ours:
			rest = append(rest, args[i])
		default:
			if !inline {
				if i++; i == len(args) {
					return nil, fmt.Errorf("%s: expected a value", name)
				}
				value = args[i]
			}
			if err := set(value); err != nil {
				return nil, fmt.Errorf("%s: given %s: %w", name, vllm.Shown(value), err)
			}
		}
	}
	return rest, nil
}
