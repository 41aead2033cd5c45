package simulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"loadgen/vllm"
)

// ParseArgs reads a vLLM command line as a compose file has it: `vllm serve MODEL --flag value …`, in any spelling that a
// version of vLLM took. Flags without meaning here are warned about and passed over; the error names every fault.
func ParseArgs(args []string) (o Options, warnings []string, err error) {
	p := parser{Options: Options{Flags: map[string]any{}}, args: args}
	for len(p.args) > 0 {
		p.next()
	}
	return p.Options, p.warnings, errors.Join(p.faults...)
}

type parser struct {
	Options
	args     []string
	warnings []string
	faults   []error
}

func (p *parser) next() {
	arg := p.args[0]
	p.args = p.args[1:]
	if !strings.HasPrefix(arg, "-") {
		if arg != "vllm" && arg != "serve" {
			p.Model = arg
		}
		return
	}
	name, value, inline := strings.Cut(arg, "=")
	f, off, ok := vllm.FindFlag(name)
	if !ok {
		p.unknown(name, inline)
		return
	}
	if f.Gone != "" {
		p.warn("%s is no longer a flag of vLLM: write %s", name, f.Gone)
	} else if plain := strings.TrimPrefix(strings.TrimLeft(name, "-"), "no-"); plain != f.Name {
		p.warn("%s is spelt --%s today", name, f.Name)
	}
	if f.Kind == vllm.Switch && !inline {
		p.Flags[f.Name] = !off
		return
	}
	if !inline {
		if len(p.args) == 0 {
			p.faults = append(p.faults, fmt.Errorf("%s: expected one argument", name))
			return
		}
		value, p.args = p.args[0], p.args[1:]
	}
	p.set(f, name, value)
}

func (p *parser) set(f vllm.Flag, name, value string) {
	switch f.Name {
	case "model":
		p.Model = value
		return
	case "api-key":
		p.APIKey = value
		return
	}
	v, err := scalar(f.Kind, value)
	if err != nil {
		p.faults = append(p.faults, fmt.Errorf("%s: %w", name, err))
		return
	}
	p.Flags[f.Name] = v
}

func scalar(k vllm.Kind, value string) (any, error) {
	switch k {
	case vllm.Int:
		n, err := wholeNumber(value)
		if err != nil {
			return nil, fmt.Errorf("invalid int value: %q", value)
		}
		return n, nil
	case vllm.Float:
		n, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return nil, fmt.Errorf("invalid float value: %q", value)
		}
		return n, nil
	case vllm.Switch:
		return strconv.ParseBool(value)
	case vllm.JSON:
		if !json.Valid([]byte(value)) {
			return nil, fmt.Errorf("not JSON: %q", value)
		}
	}
	return value, nil
}

// wholeNumber reads "8192", and vLLM's human-readable "8k" (thousands) and "8K" (1024).
func wholeNumber(s string) (int, error) {
	if n, err := strconv.Atoi(s); err == nil {
		return n, nil
	}
	units := map[byte]float64{'k': 1e3, 'm': 1e6, 'g': 1e9, 'K': 1 << 10, 'M': 1 << 20, 'G': 1 << 30}
	if s == "" || units[s[len(s)-1]] == 0 {
		return 0, strconv.ErrSyntax
	}
	n, err := strconv.ParseFloat(s[:len(s)-1], 64)
	return int(n * units[s[len(s)-1]]), err
}

// unknown passes over a flag and what looks like its value.
func (p *parser) unknown(name string, inline bool) {
	p.warn("%s means nothing to the simulator and is passed over", name)
	if !inline && len(p.args) > 0 && !strings.HasPrefix(p.args[0], "-") {
		p.args = p.args[1:]
	}
}

func (p *parser) warn(format string, args ...any) {
	p.warnings = append(p.warnings, fmt.Sprintf(format, args...))
}
