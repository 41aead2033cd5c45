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
	Version   int           `json:"version"`
	Name      string        `json:"name"`
	Seed      uint64        `json:"seed"`
	Targets   []Target      `json:"targets"`            // in the file's order
	Prompts   []PromptClass `json:"prompts"`            // in the file's order
	Within    time.Duration `json:"within_ns,omitzero"` // what playing it may take; 0: as long as the evidence needs
	Phases    []Phase       `json:"phases"`             // at least one, played in order
	Request   Request       `json:"request,omitzero"`
	Objective Objective     `json:"objective,omitzero"` // joint over all classes that have none of their own
}

// A Target is one served model at one URL.
type Target struct {
	Name        string `json:"name"`
	Description string `json:"description,omitzero"` // in words, for the reader: container, image, limits
	URL         string `json:"url"`                  // scheme, host and port; /v1, /metrics and the rest follow from it
	Model       string `json:"model"`
	API         string `json:"api"` // an API's name: chat, completions or responses
	// name of the environment variable with the key; the key itself is never kept here
	APIKeyEnv string `json:"api_key_env,omitzero"`
	// of every request: each by the name of the environment variable with its value
	Headers map[string]string `json:"headers,omitempty"`
	// name of the environment variable with the path of a PEM file: who vouches for the server
	CAEnv    string   `json:"ca_env,omitzero"`
	Metrics  []string `json:"metrics,omitempty"` // URLs of the engines' metrics, added up; none: /metrics of URL
	Settings Settings `json:"settings,omitzero"` // flags as the file states them, by today's spelling
	// its config.json, or a directory or cache with it, as the file names it
	ModelConfig string `json:"model_config,omitzero"`
	// that file, trimmed; or what a Hugging Face cache has of a model that is not known by name
	Config  vllm.Config `json:"config,omitempty"`
	Card    string      `json:"card,omitzero"`     // the GPU that a rehearsal puts under it
	OwnCard *vllm.Card  `json:"own_card,omitzero"` // its numbers, where the file tells them
	GPUs    []int       `json:"gpus,omitzero"`     // device ids
	// of one of its GPUs for an hour, in whatever money; 0: nobody told
	Price float64 `json:"price_per_hour,omitzero"`
	// loaded at the same time as the others that say so; else alone
	Together bool `json:"together,omitzero"`
}

// A PromptClass is one kind of request and its share of the load.
type PromptClass struct {
	Name         string        `json:"name"`
	Weight       float64       `json:"weight"`          // relative to the other classes
	System       string        `json:"system,omitzero"` // a system message in front; empty: none
	Text         string        `json:"text,omitzero"`   // literal prompt, sent unchanged; else empty
	Input        *Length       `json:"input,omitzero"`  // tokens of generated text; nil when Text or Source is given
	Source       *source       `json:"source,omitzero"` // recorded prompts
	SharedPrefix *SharedPrefix `json:"shared_prefix,omitzero"`
	Session      *session      `json:"session,omitzero"` // nil: each request stands alone
	Output       Output        `json:"output,omitzero"`
	Objective    *Objective    `json:"objective,omitzero"` // nil: the scenario's
	Request      *Request      `json:"request,omitzero"`   // what it asks differently from the scenario; nil: nothing
}

// An Output is how long an answer may or must be.
type Output struct {
	Max int `json:"max,omitzero"` // max_tokens; the model may stop earlier. 0 when Length is given
	// exact lengths, drawn per request and enforced with ignore_eos and min_tokens
	Length   *Length `json:"length,omitzero"`
	FromFile string  `json:"from_file,omitzero"` // exact or max: the length that Source has for each prompt
}

// A SharedPrefix is text that Groups of requests have in common at their start.
type SharedPrefix struct {
	Tokens int `json:"tokens"`
	Groups int `json:"groups"`
}

// A Phase is one named part of the plan: exactly one of Each, Concurrency, Rate and Find is set.
type Phase struct {
	Name        string        `json:"name"`
	Each        int           `json:"each,omitzero"` // every class so many times per target, one at a time
	Concurrency *Ladder       `json:"concurrency,omitzero"`
	Rate        []float64     `json:"rate,omitzero"`      // requests/s, open loop
	Stop        Stop          `json:"stop,omitzero"`      // of the rates
	Find        find          `json:"find,omitzero"`      // the held load is searched
	Within      time.Duration `json:"within_ns,omitzero"` // of a search on one target: its part of the scenario's
	Arrival     Law           `json:"arrival,omitzero"`   // of the open loop
	// open loop: at most so many requests in flight, the others wait beyond their due time; 0: none
	Cap     int           `json:"cap,omitzero"`
	Measure time.Duration `json:"measure_ns,omitzero"` // 0: long enough for the evidence (R2.6)
	// how much evidence that is: a Preset's name; empty: the default's
	Preset string `json:"preset,omitzero"`
	Repeat int    `json:"repeat"`
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
	Levels            []int `json:"levels"`
	StopWhenSaturated bool  `json:"stop_when_saturated,omitzero"` // stop: saturated
}

// An Objective is what latencies a request must keep, jointly; zero means no such clause.
type Objective struct {
	TTFT       time.Duration `json:"ttft_ns,omitzero"` // ITL: the request's largest gap
	TTFO       time.Duration `json:"ttfo_ns,omitzero"`
	TPOT       time.Duration `json:"tpot_ns,omitzero"`
	ITL        time.Duration `json:"itl_ns,omitzero"`
	E2E        time.Duration `json:"e2e_ns,omitzero"`
	Attainment float64       `json:"attainment,omitzero"` // share of requests that must meet all clauses, 0–1
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
	for i := range s.Prompts {
		if c := &s.Prompts[i]; c.Objective != nil && c.Name == class {
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
