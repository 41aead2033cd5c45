package simulator

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"loadgen/simulator/prompt"
)

// A Fault is what goes wrong, on purpose, with a share of the requests for text. Which ones follows from the seed.
type Fault struct {
	Kind  string        // one of FaultKinds
	Share float64       // of requests, 0–1
	Token int           // after how many tokens it strikes, where it strikes in mid-stream
	For   time.Duration // how long a stall lasts
}

// FaultKinds are the faults known here.
var FaultKinds = []struct{ Kind, Doc string }{
	{"429", "refused at once, as a gateway with a rate limit does"},
	{"500", "refused at once"},
	{"503", "refused at once, as with a full queue"},
	{"reset", "the connection is reset after so many tokens"},
	{"truncate", "the connection is closed after so many tokens, in mid-stream"},
	{"stall", "nothing comes after so many tokens, for so long"},
	{"error", "an error event after so many tokens, under HTTP 200, as when the engine dies"},
	{"buffer", "a proxy holds the stream back until it has ended"},
}

// ParseFault reads KIND=SHARE[@TOKEN][/DURATION], as in "stall=0.01@5/30s".
func ParseFault(s string) (Fault, error) {
	kind, rest, ok := strings.Cut(s, "=")
	known := slices.ContainsFunc(FaultKinds, func(k struct{ Kind, Doc string }) bool { return k.Kind == kind })
	if !ok || !known {
		return Fault{}, fmt.Errorf("expected KIND=SHARE[@TOKEN][/DURATION] with one of %s", faultNames())
	}
	rest, long, timed := strings.Cut(rest, "/")
	share, token, placed := strings.Cut(rest, "@")
	f := Fault{Kind: kind}
	var err [3]error
	f.Share, err[0] = strconv.ParseFloat(share, 64)
	if placed {
		f.Token, err[1] = strconv.Atoi(token)
	}
	if timed {
		f.For, err[2] = time.ParseDuration(long)
	}
	for _, e := range err {
		if e != nil {
			return Fault{}, errors.New("expected KIND=SHARE[@TOKEN][/DURATION], such as stall=0.01@5/30s")
		}
	}
	if f.Share < 0 || f.Share > 1 || f.Token < 0 {
		return Fault{}, errors.New("a share is 0 to 1 and a token at least 0")
	}
	return f, nil
}

func faultNames() string {
	var names []string
	for _, k := range FaultKinds {
		names = append(names, k.Kind)
	}
	return strings.Join(names, ", ")
}

// fault chooses what goes wrong with a request, or nil.
func (s *Server) fault(seed uint64) *Fault {
	for i := range s.opts.Faults {
		f := &s.opts.Faults[i]
		if float64(prompt.Mix(prompt.Mix(seed+uint64(i)*0x9e3779b97f4a7c15))>>11)/(1<<53) < f.Share {
			return f
		}
	}
	return nil
}

// refused answers a request that a fault does not let in.
func (f *Fault) refused() *prompt.Problem {
	switch f.Kind {
	case "429":
		return &prompt.Problem{Status: 429, Says: "Too Many Requests", Type: "RateLimitError"}
	case "500":
		return &prompt.Problem{Status: 500, Says: "EngineCore encountered an issue. See stack trace (above) for the " +
			"root cause.", Type: "InternalServerError"}
	case "503":
		return prompt.QueueFull()
	}
	return nil
}

const engineError = `data: {"error": {"message": "EngineCore encountered an issue. See stack trace (above) for the ` +
	`root cause.", "type": "InternalServerError", "param": null, "code": 500}}` + "\n\n"

// strike does what goes wrong in mid-stream once c has had its tokens, and reports that nothing is to be handed out
// now.
func (a *answer) strike(c *choice, now time.Duration) bool {
	f := a.fault
	if f != nil && f.Kind == stalled {
		return true
	}
	if f == nil || f.Kind == "buffer" || c.sent < f.Token || !a.begun && f.Token > 0 {
		return false
	}
	switch f.Kind {
	case "reset", "truncate":
		a.fail()
		a.reply.cut(f.Kind == "reset")
	case "error":
		a.fail()
		if !a.begun {
			a.reply.begin(a.requestID())
		}
		a.reply.chunk([]byte(engineError))
		a.reply.chunk([]byte("data: [DONE]\n\n"))
		a.reply.end()
	case "stall":
		a.fault = &Fault{Kind: stalled}
		a.wait = a.s.clk.AfterFunc(now+f.For, func() { a.s.engine.Do(a.awake) })
	}
	return true
}

// stalled is the kind of a stall that has begun.
const stalled = "stalled"

// awake hands out what a stall has held back.
func (a *answer) awake() {
	a.fault = nil
	for _, c := range a.choices {
		if c.Generated > c.sent {
			c.release(a.s.clk.Now())
		}
	}
}

// fail takes an answer out that goes no further.
func (a *answer) fail() {
	a.gone = true
	a.drop()
	a.s.load--
}
