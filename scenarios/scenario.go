// Package scenarios answers what is asked of which servers, and when: the scenario file, prompt mixes, arrival laws and
// the plan. The same scenario and seed give the same plan, prompts and due times on every machine.
package scenarios

import (
	"slices"
	"time"

	"loadgen/vllm"
)

// Version is the scenario format that this code reads.
const Version = 1

// A Scenario is one parsed scenario file, defaults filled in.
type Scenario struct {
	Version   int
	Name      string
	Seed      uint64
	Targets   []Target      // in the file's order
	Prompts   []PromptClass // in the file's order
	Within    time.Duration `json:",omitempty"` // what playing it may take; 0: as long as the evidence needs
	Phases    []Phase       // at least one, played in order
	Request   Request
	Objective Objective // joint over all classes that have none of their own
}

// A Target is one served model at one URL.
type Target struct {
	Name        string
	Description string // in words, for the reader: container, image, limits
	URL         string // scheme, host and port; /v1, /metrics and the rest follow from it
	Model       string
	API         string // an API's name: chat, completions or responses
	APIKeyEnv   string // name of the environment variable with the key; the key itself is never kept here
	// of every request: each by the name of the environment variable with its value
	Headers map[string]string `json:",omitempty"`
	// name of the environment variable with the path of a PEM file: who vouches for the server
	CAEnv    string   `json:",omitempty"`
	Metrics  []string `json:",omitempty"` // URLs of the engines' metrics, added up; none: /metrics of URL
	Settings Settings // flags as the file states them, by today's spelling
	// its config.json, or a directory or cache with it, as the file names it
	ModelConfig string `json:",omitempty"`
	// that file, trimmed; or what a Hugging Face cache has of a model that is not known by name
	Config   vllm.Config `json:",omitempty"`
	Card     string      // the GPU that a rehearsal puts under it
	OwnCard  *vllm.Card  `json:",omitempty"` // its numbers, where the file tells them
	GPUs     []int       // device ids
	Price    float64     `json:",omitempty"` // of one of its GPUs for an hour, in whatever money; 0: nobody told
	Together bool        // loaded at the same time as the others that say so; else alone
}

// A PromptClass is one kind of request and its share of the load.
type PromptClass struct {
	Name         string
	Weight       float64 // relative to the other classes
	System       string  // a system message in front; empty: none
	Text         string  // literal prompt, sent unchanged; else empty
	Input        *Length // tokens of generated text; nil when Text or Source is given
	Source       *source // recorded prompts
	SharedPrefix *SharedPrefix
	Session      *session // nil: each request stands alone
	Output       Output
	Objective    *Objective // nil: the scenario's
	Request      *Request   // what it asks differently from the scenario; nil: nothing
}

// An Output is how long an answer may or must be.
type Output struct {
	Max      int     // max_tokens; the model may stop earlier. 0 when Length is given
	Length   *Length // exact lengths, drawn per request and enforced with ignore_eos and min_tokens
	FromFile string  // exact or max: the length that Source has for each prompt
}

// A SharedPrefix is text that Groups of requests have in common at their start.
type SharedPrefix struct {
	Tokens int
	Groups int
}

// A Phase is one named part of the plan: exactly one of Each, Concurrency, Rate and Find is set.
type Phase struct {
	Name        string
	Each        int // every class so many times per target, one at a time
	Concurrency *Ladder
	Rate        []float64     // requests/s, open loop
	Stop        Stop          `json:",omitempty"` // of the rates
	Find        find          `json:",omitempty"` // the held load is searched
	Within      time.Duration `json:",omitempty"` // of a search on one target: its part of the scenario's
	Arrival     Law           // of the open loop
	// open loop: at most so many requests in flight, the others wait beyond their due time; 0: none
	Cap     int
	Measure time.Duration // 0: long enough for the evidence (R2.6)
	Preset  string        // how much evidence that is: a Preset's name; empty: the default's
	Repeat  int
}

// A find is which load a search raises and lowers.
type find string

const (
	FindRate        find = "rate"        // requests/s of an open loop
	FindConcurrency find = "concurrency" // requests in flight of a closed one
)

// A Stop says when the higher levels of rising rates are left out.
type Stop string

const (
	StopObjective Stop = "objective" // after the first level that falls short of the objective
	StopSaturated Stop = "saturated" // after the second at which the server does not keep up
)

// A Ladder is the rising concurrencies of a closed-loop sweep.
type Ladder struct {
	Levels            []int
	StopWhenSaturated bool // stop: saturated
}

// An Objective is what latencies a request must keep, jointly; zero means no such clause.
type Objective struct {
	TTFT, TTFO, TPOT, ITL, E2E time.Duration // ITL: the request's largest gap
	Attainment                 float64       // share of requests that must meet all clauses, 0–1
}

// IsZero reports whether there is no clause.
func (o Objective) IsZero() bool {
	return o.TTFT == 0 && o.TTFO == 0 && o.TPOT == 0 && o.ITL == 0 && o.E2E == 0
}

// Generates reports whether a class's texts are made to a number of tokens.
func (s *Scenario) Generates() bool {
	return slices.ContainsFunc(s.Prompts, func(c PromptClass) bool {
		return c.Input != nil || c.Source != nil && c.Source.Format == "lengths"
	})
}

// ObjectiveOf is the objective of a class: its own, else the scenario's.
func (s *Scenario) ObjectiveOf(class string) Objective {
	for _, c := range s.Prompts {
		if c.Name == class && c.Objective != nil {
			return *c.Objective
		}
	}
	return s.Objective
}

// Target returns the target of that name.
func (s *Scenario) Target(name string) (Target, bool) {
	for _, t := range s.Targets {
		if t.Name == name {
			return t, true
		}
	}
	return Target{}, false
}
