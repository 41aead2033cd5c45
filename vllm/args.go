package vllm

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// A CommandLine is what the arguments of `vllm serve` say.
type CommandLine struct {
	Model  string
	APIKey string
	Flags  map[string]any // by today's spelling without dashes; JSON flags hold their parsed value
	Notes  []string       // spellings that are old or gone, and flags that are passed over
}

// ParseArgs reads a vLLM command line as a compose file has it: `vllm serve MODEL --flag value …` or that of the older
// `python -m vllm.entrypoints.openai.api_server`, in any spelling that a version of vLLM took. Flags that are not known
// here are noted and passed over; the error names every fault.
func ParseArgs(args []string) (CommandLine, error) {
	p := argParser{CommandLine: CommandLine{Flags: map[string]any{}}, args: args}
	for len(p.args) > 0 {
		p.next()
	}
	return p.CommandLine, errors.Join(p.faults...)
}

type argParser struct {
	CommandLine
	args   []string
	faults []error
}

// launchers are words in front of the flags that name no model.
var launchers = map[string]bool{"vllm": true, "serve": true, "python": true, "python3": true, "exec": true}

func (p *argParser) next() {
	arg := p.args[0]
	p.args = p.args[1:]
	if arg == "-m" && len(p.args) > 0 { // python's own
		p.args = p.args[1:]
		return
	}
	if !strings.HasPrefix(arg, "-") {
		if !launchers[arg[strings.LastIndex(arg, "/")+1:]] && p.Model == "" && !strings.Contains(arg, "=") {
			p.Model = arg
		}
		return
	}
	name, value, inline := strings.Cut(arg, "=")
	f, off, ok := FindFlag(name)
	if !ok {
		p.unknown(name, inline)
		return
	}
	p.spelling(f, name)
	if f.Kind == Switch && !inline {
		p.Flags[f.Name] = p.switched() != off
		return
	}
	if !inline {
		if len(p.args) == 0 || strings.HasPrefix(p.args[0], "--") {
			p.faults = append(p.faults, fmt.Errorf("%s: expected one argument", name))
			return
		}
		value, p.args = p.args[0], p.args[1:]
	}
	p.set(f, name, value)
}

// switched reads the True or False that may follow a switch of older versions.
func (p *argParser) switched() bool {
	if len(p.args) == 0 {
		return true
	}
	on, off := strings.EqualFold(p.args[0], "true"), strings.EqualFold(p.args[0], "false")
	if on || off {
		p.args = p.args[1:]
	}
	return !off
}

// spelling notes what another version of vLLM would not take.
func (p *argParser) spelling(f Flag, name string) {
	if f.Gone != "" {
		p.note("%s is no longer a flag of vLLM: write %s", name, f.Gone)
	} else if plain := strings.TrimPrefix(strings.TrimLeft(name, "-"), "no-"); plain != f.Name {
		p.note("%s is spelt --%s today", name, f.Name)
	}
}

func (p *argParser) set(f Flag, name, value string) {
	switch f.Name {
	case "model":
		p.Model = value
		return
	case "api-key":
		p.APIKey = value
		return
	}
	v, err := argument(f.Kind, value)
	if err != nil {
		p.faults = append(p.faults, fmt.Errorf("%s: %w", name, err))
		return
	}
	p.Flags[f.Name] = v
}

func argument(k Kind, value string) (any, error) {
	switch k {
	case Int:
		n, err := wholeNumber(value)
		if err != nil {
			return nil, fmt.Errorf("invalid int value: %q", value)
		}
		return n, nil
	case Float:
		n, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return nil, fmt.Errorf("invalid float value: %q", value)
		}
		return n, nil
	case Switch:
		return strconv.ParseBool(value)
	case JSON:
		var v any
		if json.Unmarshal([]byte(value), &v) != nil {
			return nil, fmt.Errorf("not JSON: %q", value)
		}
		return v, nil
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
	if n = n * units[s[len(s)-1]]; err == nil && math.Abs(n) > 1<<53 {
		err = strconv.ErrRange
	}
	return int(n), err
}

// unknown passes over a flag and what looks like its value.
func (p *argParser) unknown(name string, inline bool) {
	p.note("%s is not known here and is passed over", name)
	if !inline && len(p.args) > 0 && !strings.HasPrefix(p.args[0], "-") {
		p.args = p.args[1:]
	}
}

func (p *argParser) note(format string, args ...any) {
	p.Notes = append(p.Notes, fmt.Sprintf(format, args...))
}
