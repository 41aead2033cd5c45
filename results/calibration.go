package results

import "time"

// A Calibration is what a host can carry and what it adds, measured against a server that does nothing but keep time
// (R7.1).
type Calibration struct {
	Version    int       `json:"version"`
	At         time.Time `json:"at"`
	Host       string    `json:"host"`
	Cores      int       `json:"cores"`
	GOMAXPROCS int       `json:"gomaxprocs"`
	Short      bool      `json:"short,omitempty"`   // the three seconds that a run takes when none is fresh
	ServerCore string    `json:"server_core"`       // what the null server was pinned to; "": not pinned
	Load       float64   `json:"load"`              // the host's load average when it began
	Streams    int       `json:"streams"`           // of the highest level that was carried
	Events     float64   `json:"events_per_second"` // carried at that level; 0: not even the lowest was
	Bound      bool      `json:"bound"`             // the next level was not carried; false: the ceiling lies higher
	Why        string    `json:"why,omitempty"`     // what the last level failed at, we or the null server
	Levels     []Null    `json:"levels"`            // as measured, the lowest first
	Problem    string    `json:"problem,omitempty"` // not empty: nothing could be measured, and why
}

// A Null is one level of load on the null server. Added is measured − true, true being when the server read the request
// and wrote each token.
type Null struct {
	Streams       int           `json:"streams"`
	Requests      int           `json:"requests"`
	Failed        int           `json:"failed,omitempty"`
	Written       float64       `json:"written_per_second"` // events
	Read          float64       `json:"read_per_second"`
	TTFTp50       time.Duration `json:"added_ttft_p50_ns"`
	TTFTp99       time.Duration `json:"added_ttft_p99_ns"`
	ITLp50        time.Duration `json:"added_itl_p50_ns"`
	ITLp99        time.Duration `json:"added_itl_p99_ns"`
	ServerLateP99 time.Duration `json:"server_late_p99_ns"` // the null server's own lateness, which is not counted as ours
}

// NullITL is between the tokens of the null server.
const NullITL = 10 * time.Millisecond

// ServerWasLate reports whether the null server itself did not keep up, by more than one gap between its tokens: the
// level then shows what it carries, not what the client does.
func (n Null) ServerWasLate() bool { return n.ServerLateP99 > NullITL }
