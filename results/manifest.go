package results

import (
	"time"

	"loadgen/scenarios"
)

// Version is the run directory's format. In 1 records.parquet had a column phase; since 2 the step's window alone tells
// it. Since 3 manifest.json and step.json carry a checksum of themselves. Since 4 parsed, plan and step have
// names in snake case with their units, and not those of Go's fields.
const Version = 4

// A Manifest is manifest.json: what was planned, by which tool, on which host, against which servers.
type Manifest struct {
	Version     int                 `json:"version"` // first, so that any reader finds it
	Tool        string              `json:"tool"`    // "loadgen v0.1.0 (commit)"
	Go          string              `json:"go"`
	Started     time.Time           `json:"started"`         // wall time
	Ended       time.Time           `json:"ended,omitzero"`  // zero while it runs, or when it crashed
	Simulated   bool                `json:"simulated"`       // virtual time: no socket, no GPU
	Scenario    string              `json:"scenario"`        // its name
	ScenarioSHA string              `json:"scenario_sha256"` // of scenario.yaml
	Parsed      *scenarios.Scenario `json:"parsed"`
	Plan        scenarios.Plan      `json:"plan"`
	// of its texts, so that no other run's are in a server's prefix cache; a merged run has its parts' salts; empty in
	// virtual time
	Salt   string                `json:"salt,omitempty"`
	Host   HostInfo              `json:"host"`
	Before map[string]ServerInfo `json:"before"` // by target
	After  map[string]ServerInfo `json:"after,omitempty"`
	// what the reader must know: a refused setting, a stop
	Notes       []string     `json:"notes,omitempty"`
	Calibration *Calibration `json:"calibration,omitempty"` // of the host; nil: none was made
	Workers     []Worker     `json:"workers,omitempty"`     // of a merged run: the clients that shared its load
	Sum         string       `json:"sha256_of_this"`        // the last key; set as it is written
}

// A Worker is one of the clients that shared a load, on one of its starts.
type Worker struct {
	Index       int          `json:"index"` // from 1, as in the names of its steps
	Of          int          `json:"of"`
	Started     time.Time    `json:"started"`
	Host        HostInfo     `json:"host"`
	Calibration *Calibration `json:"calibration,omitempty"`
	Clock       ServerClock  `json:"clock,omitzero"` // the first client's minus its own, at its first level
}

// A HostInfo is the load machine.
type HostInfo struct {
	Name       string `json:"name"`
	OS         string `json:"os"`
	Kernel     string `json:"kernel"`
	Cores      int    `json:"cores"`
	GOMAXPROCS int    `json:"gomaxprocs"`
	Clock      string `json:"clock"` // wall or virtual
}
