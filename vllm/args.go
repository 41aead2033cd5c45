package vllm

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
)

// A CommandLine is what the arguments of `vllm serve` say.
type CommandLine struct {
	Model  string
	APIKey string              // the first of those given; never to be written down
	Flags  map[string]any      // by today's spelling without dashes; JSON flags hold their parsed value
	Names  []string            // --served-model-name: what the model is called, the first as /metrics calls it
	Passed map[string][]string // the words behind flags that are passed over, by their spelling without dashes; no keys
	Notes  []string            // spellings that are old or gone, and flags that are passed over
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
	if !isFlag(arg) {
		if !launchers[arg[strings.LastIndex(arg, "/")+1:]] && p.Model == "" && !strings.Contains(arg, "=") {
			p.Model = arg
		}
		return
	}
	name, value, inline := strings.Cut(arg, "=")
	name, inside, _ := strings.Cut(name, ".")
	f, off, ok := FindFlag(name)
	if !ok {
		p.pass(name, value, inline)
		return
	}
	p.spelling(f, name)
	switch {
	case f.Kind == Switch && !inline:
		p.Flags[f.Name] = p.switched() != off
	case f.Name == "api-key" || f.Name == "served-model-name":
		p.several(f, name, value, inline)
	default:
		if !inline {
			if len(p.args) == 0 || strings.HasPrefix(p.args[0], "--") {
				p.faults = append(p.faults, fmt.Errorf("%s: expected one argument", name))
				return
			}
			value, p.args = p.args[0], p.args[1:]
		}
		p.set(f, name, inside, value)
	}
}

func isFlag(arg string) bool { return strings.HasPrefix(arg, "-") && arg != "-" }

// words are the arguments up to the next flag.
func (p *argParser) words() (out []string) {
	for len(p.args) > 0 && !isFlag(p.args[0]) {
		out, p.args = append(out, p.args[0]), p.args[1:]
	}
	return out
}

// several reads a flag that takes any number of words. Subtle: words behind --api-key=ONE are taken for keys too, since
// a key that is taken for a model would be written down.
func (p *argParser) several(f Flag, name, value string, inline bool) {
	var words []string
	if inline {
		words = []string{value}
	}
	if !inline || f.Name == "api-key" {
		words = append(words, p.words()...)
	}
	if len(words) == 0 {
		p.faults = append(p.faults, fmt.Errorf("%s: expected at least one argument", name))
		return
	}
	if f.Name == "api-key" {
		p.APIKey = words[0]
		return
	}
	p.Names, p.Flags[f.Name] = words, words[0]
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

// set keeps one value; inside is what follows a dot: --hf-overrides.rope_theta.
func (p *argParser) set(f Flag, name, inside, value string) {
	switch {
	case f.Name == "model":
		p.Model = value
		return
	case f.Name == MaxModelLen && (strings.EqualFold(value, "auto") || value == "-1"):
		p.note("%s %s is as long as the server's memory allows: it is left out", name, value)
		return
	case f.Kind == Int && negative(value):
		p.note("%s %s stands for no number: it is left out", name, value)
		return
	case f.Kind == JSON && inside != "":
		p.setInside(f, inside, value)
		return
	}
	if f.Name == "limit-mm-per-prompt" {
		value = pairsAsJSON(value)
	}
	v, err := argument(f.Kind, value)
	if err != nil {
		p.faults = append(p.faults, fmt.Errorf("%s: %w", name, err))
		return
	}
	p.Flags[f.Name] = v
}

var countPairs = regexp.MustCompile(`^[a-z_]+=[0-9]+(,[a-z_]+=[0-9]+)*$`)

// pairsAsJSON is image=4,video=2, as versions before 0.9 had it, in today's form.
func pairsAsJSON(value string) string {
	if !countPairs.MatchString(value) {
		return value
	}
	return `{"` + strings.NewReplacer("=", `": `, ",", `, "`).Replace(value) + "}"
}

func negative(value string) bool {
	n, err := strconv.Atoi(value)
	return err == nil && n < 0
}

// setInside keeps one value within a JSON flag, as vLLM reads --flag.a.b value.
func (p *argParser) setInside(f Flag, inside, value string) {
	at, ok := p.Flags[f.Name].(map[string]any)
	if !ok {
		at = map[string]any{}
		p.Flags[f.Name] = at
	}
	keys := strings.Split(inside, ".")
	for _, k := range keys[:len(keys)-1] {
		next, ok := at[k].(map[string]any)
		if !ok {
			next = map[string]any{}
			at[k] = next
		}
		at = next
	}
	var v any = value
	if json.Unmarshal([]byte(value), &v) != nil {
		v = value
	}
	at[keys[len(keys)-1]] = v
}

func argument(k Kind, value string) (any, error) {
	switch k {
	case Int:
		n, err := wholeNumber(value)
		if err != nil {
			return nil, fmt.Errorf("expected a whole number, got %s", Shown(value))
		}
		return n, nil
	case Float:
		n, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return nil, fmt.Errorf("expected a number, got %s", Shown(value))
		}
		return n, nil
	case Switch:
		on, err := strconv.ParseBool(value)
		if err != nil {
			return nil, fmt.Errorf("expected true or false, got %s", Shown(value))
		}
		return on, nil
	case JSON:
		var v any
		if json.Unmarshal([]byte(value), &v) != nil {
			return nil, errors.New("not JSON") // its text may hold a key
		}
		return v, nil
	}
	return value, nil
}

// numeric are texts that tried to be a number, which hold no key.
var numeric = regexp.MustCompile(`^[-+]?[0-9][0-9.,_]{0,19}` +
	`(e[-+]?[0-9]+)?[kKmMgGtT%]?[iI]?[bB]?$|^(many|auto|none|null|max|default|yes|no|on|off|inf|nan|NaN)$`)

// Shown is a value that was refused as a message may have it: not where it may be a key that was pasted into the wrong
// place.
func Shown(value string) string {
	if numeric.MatchString(value) {
		return strconv.Quote(value)
	}
	return fmt.Sprintf("a word of %d characters (not shown: it may be a key)", len([]rune(value)))
}

// wholeNumber reads "8192", and vLLM's human-readable "8k" (thousands) and "8K" (1024).
func wholeNumber(s string) (int, error) {
	if n, err := strconv.Atoi(s); err == nil {
		return n, nil
	}
	units := map[byte]float64{'k': 1e3, 'm': 1e6, 'g': 1e9, 't': 1e12, 'K': 1 << 10, 'M': 1 << 20, 'G': 1 << 30,
		'T': 1 << 40}
	if s == "" || units[s[len(s)-1]] == 0 {
		return 0, strconv.ErrSyntax
	}
	n, err := strconv.ParseFloat(s[:len(s)-1], 64)
	if n *= units[s[len(s)-1]]; err == nil && math.Abs(n) > 1<<53 {
		err = strconv.ErrRange
	}
	return int(n), err
}

// pass passes over a flag and its words. Subtle: of a flag that no version is known to have, all words up to the next
// flag are passed over, since one of them might be a key.
func (p *argParser) pass(name, value string, inline bool) {
	p.note("%s is not known here and ignored", name)
	plain := strings.ReplaceAll(strings.TrimLeft(name, "-"), "_", "-")
	var words []string
	switch {
	case inline:
		words = []string{value}
	case passedSwitches[plain] || passedSwitches[strings.TrimPrefix(plain, "no-")]:
		p.switched()
	case passedValues[plain] && len(p.args) > 0:
		words, p.args = p.args[:1], p.args[1:]
	default:
		words = p.words()
	}
	if plain == "hf-token" {
		return
	}
	if p.Passed == nil {
		p.Passed = map[string][]string{}
	}
	p.Passed[plain] = append(p.Passed[plain], words...)
}

func (p *argParser) note(format string, args ...any) {
	p.Notes = append(p.Notes, fmt.Sprintf(format, args...))
}
