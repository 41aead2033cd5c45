package cluster

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"loadgen/sweep"
)

// A meeting is the first client's table: what each client has said of each matter, when each was last heard, and what
// each has of the open step.
type meeting struct {
	of   int
	now  func() time.Time
	over chan struct{} // closed when it has ended

	mu      sync.Mutex
	matters map[string]*matter
	heard   []time.Time // zero: not yet
	names   []string    // of the clients' hosts
	tallies []tallied
	why     error // why it ended
	told    []bool
}

// A matter is decided once, when all have said something of it.
type matter struct {
	said          [][]byte            // until it is decided
	sums          [][sha256.Size]byte // of what was said; zero: nothing was
	n             int
	full, decided chan struct{}
	word          []byte
	err           error
	told          int
}

type tallied struct {
	step string
	sweep.Tally
}

const (
	mattersMost = 100_000
	wordMost    = 64 << 10 // bytes that a client says of a matter
)

func newMeeting(of int, now func() time.Time) *meeting {
	return &meeting{of: of, now: now, over: make(chan struct{}), matters: map[string]*matter{},
		heard: make([]time.Time, of), names: make([]string, of), tallies: make([]tallied, of), told: make([]bool, of)}
}

var errTwice = errors.New("it has said something else of this before: are there two of it?")

// say is what a client says of a matter; saying it again changes nothing.
func (m *meeting) say(client int, name string, words []byte) (*matter, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.why != nil {
		return nil, m.why
	}
	m.heard[client] = m.now()
	x := m.matters[name]
	if x == nil {
		if len(m.matters) == mattersMost {
			return nil, errors.New("too many matters")
		}
		x = &matter{said: make([][]byte, m.of), sums: make([][sha256.Size]byte, m.of), full: make(chan struct{}),
			decided: make(chan struct{})}
		m.matters[name] = x
	}
	switch was, sum := x.sums[client], sha256.Sum256(words); was {
	case sum:
	case [sha256.Size]byte{}:
		x.said[client], x.sums[client] = words, sum
		if x.n++; x.n == m.of {
			close(x.full)
		}
	default:
		return nil, fmt.Errorf("client %d, %s: %w", client+1, name, errTwice)
	}
	return x, nil
}

// decide waits until all have said their part, and settles a matter.
func (m *meeting) decide(ctx context.Context, x *matter, decide func([][]byte) ([]byte, error)) ([]byte, error) {
	select {
	case <-x.full:
	case <-m.over:
		return nil, m.end(nil)
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	word, err := decide(x.said)
	m.mu.Lock()
	defer m.mu.Unlock()
	x.word, x.err, x.said = word, err, nil
	close(x.decided)
	return word, err
}

// end ends the meeting, once, and tells why it ended.
func (m *meeting) end(why error) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.why == nil && why != nil {
		m.why = why
		close(m.over)
	}
	return m.why
}

// absent names the clients that have not spoken of a matter.
func (m *meeting) absent(x *matter) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	var out []string
	for i, sum := range x.sums {
		if sum == ([sha256.Size]byte{}) {
			out = append(out, fmt.Sprint(i+1))
		}
	}
	return strings.Join(out, ", ")
}

// beat hears a client, takes what it has of a step and tells what all have of it.
func (m *meeting) beat(client int, t tallied) (sum sweep.Tally, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.why != nil {
		return sum, m.why
	}
	m.heard[client], m.tallies[client] = m.now(), t
	for _, o := range m.tallies {
		if o.step == t.step {
			sum = sum.And(o.Tally)
		}
	}
	return sum, nil
}

// lost is a client that was heard and is not any more; the first one, which asks, is there.
func (m *meeting) lost(after time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := 1; i < m.of; i++ {
		if since := m.now().Sub(m.heard[i]); !m.heard[i].IsZero() && since > after {
			return fmt.Errorf("client %d of %d (%s) is lost: no word of it for %v", i+1, m.of, m.names[i],
				since.Round(time.Second))
		}
	}
	return nil
}

// call gives a client a name for people.
func (m *meeting) call(client int, name string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.names[client] = name
}

// leaves ends the meeting since a client has left it.
func (m *meeting) leaves(client int, why string) {
	m.mu.Lock()
	name := m.names[client]
	m.mu.Unlock()
	_ = m.end(fmt.Errorf("client %d of %d (%s) left: %v", client+1, m.of, name, why))
}

// tell notes that a client knows why the meeting ended.
func (m *meeting) tell(client int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.told[client] = true
}

// heardOf reports whether every other client has heard how a matter was decided.
func (m *meeting) heardOf(name string) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.matters[name].told >= m.of-1
}

// allKnow reports whether every other client that was heard knows why the meeting ended.
func (m *meeting) allKnow() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := 1; i < m.of; i++ {
		if !m.told[i] && !m.heard[i].IsZero() && m.now().Sub(m.heard[i]) < time.Minute {
			return false
		}
	}
	return true
}
