package results

import (
	"time"

	"loadgen/scenarios"
)

// A StepMeta is step.json: what the step was and how it went. It is written last; its rename makes the step exist.
type StepMeta struct {
	Version   int            `json:"version"`
	Step      scenarios.Step `json:"step"`
	Began     time.Duration  `json:"began_ns"` // of the step, since the manifest's Started
	Window    Window         `json:"window"`
	Counts    Counts         `json:"counts"`
	Evidence  Evidence       `json:"evidence"`
	Verdict   Verdict        `json:"verdict"`
	Summary   *summary       `json:"summary,omitempty"`   // imported without records: all that is known
	Simulated bool           `json:"simulated,omitempty"` // virtual time
	Partial   string         `json:"partial,omitempty"`   // why it ended before its plan
	Clock     ServerClock    `json:"clock,omitzero"`      // of the load's first client, where several shared it
	// cache_salt was left out: literal texts may find themselves in the prefix cache
	Unsalted bool              `json:"unsalted,omitempty"`
	Files    map[string]string `json:"files"`          // name → sha256
	Sum      string            `json:"sha256_of_this"` // the last key; set as it is written
}

// A Window is the timeline of a step (R2.1), offsets from its start: ramp, settle, measure [Start, End), chase,
// drained.
type Window struct {
	RampEnd time.Duration `json:"ramp_end_ns"`
	Start   time.Duration `json:"start_ns"`
	End     time.Duration `json:"end_ns"`
	Chased  time.Duration `json:"chased_ns"`  // the last of the cohort had ended
	Drained time.Duration `json:"drained_ns"` // the last request of all had ended
	Settled bool          `json:"settled"`    // the gates passed; false: the cap was hit
}

// Counts account for every request exactly once: Sent = OK + the sum of Faults.
type Counts struct {
	Sent   int           `json:"sent"`
	OK     int           `json:"ok"`
	Faults map[Fault]int `json:"faults,omitempty"`
	Cohort int           `json:"cohort"` // due in the measuring window
}

// Evidence is what the sender observed of itself; checks judge it, now or years later.
type Evidence struct {
	MeanInFlight float64 `json:"mean_in_flight"` // over the measuring window
	// closed: slots between two turns of a session, over the window
	MeanThinking float64 `json:"mean_thinking,omitempty"`
	PlannedRate  float64 `json:"planned_rate,omitempty"` // of a schedule: requests/s, or sessions/s
	// open: requests in flight at which sending ended, since the objective could not allow so many
	Overrun int `json:"overrun,omitempty"`
	// requests of the run's last load that were due behind the window, and cut off when all those of the window had ended
	Unjudged int           `json:"unjudged,omitempty"`
	CapHits  int           `json:"cap_hits"` // sends that a cap or missing sockets delayed
	LagP99   time.Duration `json:"lag_p99_ns"`
	Dropped  int           `json:"dropped"` // records or histogram values that did not fit: must be 0
	// records or readings that found thousands before them waiting for the disk
	DiskWaits int `json:"disk_waits,omitempty"`
}

// A Verdict says whether a step can be trusted, and why not.
type Verdict struct {
	State   State    `json:"state"`
	Reasons []Reason `json:"reasons,omitempty"`
}

// A State is the sum of a verdict's reasons.
type State string

const (
	Trusted  State = "trusted"
	Warnings State = "trusted-with-warnings"
	Invalid  State = "invalid"
)

// A Reason is one check's outcome that was not a pass.
type Reason struct {
	Check string `json:"check"` // V1 … V20
	Level Level  `json:"level"`
	Says  string `json:"says"` // one clause with the observed value and the bound
}

// A Level is how much a reason weighs.
type Level string

const (
	Warn       Level = "warn"
	Withhold   Level = "withhold" // a number is not shown
	Condemn    Level = "invalid"  // the step is not used
	NotChecked Level = "not checked"
)
