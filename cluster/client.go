package cluster

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"loadgen/clock"
	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/sweep"
)

// Options are how a client joins the others.
type Options struct {
	URL      string // of the rendezvous, which is on the first client
	Token    string // that all know
	Part     scenarios.Shard
	Build    string // of the program
	Scenario string // a checksum of what is to be played
	Host     string // name of this one, for people
	Salt     string // of the texts; the first client's is everyone's
	Root     string // where clients' runs are, of this start and of those before
	Resume   bool   // levels of starts before are not played again
	Limit    time.Duration
	Clock    clock.Clock
	Lost     time.Duration // without a word of a client until it is lost
}

// beat is how often a client is heard.
func (o Options) beat() time.Duration { return o.Lost / 7 }

// A Client is one of the processes that play one load. It is a sweep.Crew.
type Client struct {
	o     Options
	host  *host // of the first client
	http  *http.Client
	start int // which start this is, from 1
	salt  string

	ctx    context.Context
	cancel context.CancelCauseFunc
	beats  sync.WaitGroup

	mu   sync.Mutex
	said map[string]int
	mine tallied
	sum  sweep.Tally
}

// ErrApart says that the clients are no longer together.
var ErrApart = errors.New("apart")

// An apart is an ErrApart that says why.
type apart struct{ why error }

func (a *apart) Error() string        { return fmt.Sprintf("the clients are apart: %v", a.why) }
func (a *apart) Is(target error) bool { return target == ErrApart }
func (a *apart) Unwrap() error        { return a.why }

// A joining is what a client says when it comes, and a joined what it hears.
type (
	joining struct {
		Build, Scenario, Host, Self string
		Of                          int // clients, as it was told
		Start                       int // the last it has seen
	}
	joined struct {
		Salt  string
		Start int
	}
)

// Join waits, up to the limit, until all clients are there, with the same program and scenario.
func Join(ctx context.Context, o Options) (*Client, error) {
	at, err := ReadURL(o.URL, o.Part)
	if err != nil {
		return nil, err
	}
	last, err := o.lastStart()
	if err != nil {
		return nil, err
	}
	c := &Client{o: o, said: map[string]int{}, http: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 8}}}
	c.ctx, c.cancel = context.WithCancelCause(ctx)
	if o.Part.Index == 1 {
		l, err := listen(at, o.Part.Of)
		if err != nil {
			return nil, err
		}
		now := func() time.Time { return o.Clock.Time(o.Clock.Now()) }
		c.host = &host{meeting: newMeeting(o.Part.Of, now), root: o.Root, token: tokenHash(o.Token)}
		c.host.serve(l)
	}
	if err := c.join(joining{o.Build, o.Scenario, o.Host, rand.Text(), o.Part.Of, last}); err != nil {
		_ = c.Leave(err)
		return nil, err
	}
	c.beats.Go(c.beat)
	return c, nil
}

// ReadURL reads a rendezvous' URL. The first client listens there, and needs its port.
func ReadURL(text string, part scenarios.Shard) (*url.URL, error) {
	at, err := url.Parse(text)
	if err != nil || at.Host == "" || at.Scheme != "http" && at.Scheme != "https" {
		return nil, fmt.Errorf("the rendezvous %q is no URL such as http://loadgen-0.loadgen:7077", text)
	}
	if at.Port() == "" && part.Index == 1 {
		return nil, fmt.Errorf("the rendezvous %s names no port: write one, such as http://%s:7077", at, at.Hostname())
	}
	return at, nil
}

// lastStart is the last start that left something here, and a fault where that is not to be gone on with.
func (o Options) lastStart() (last int, err error) {
	held, err := os.ReadDir(o.Root)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return 0, err
	}
	for _, e := range held {
		start, _, _ := partOf(e.Name())
		last = max(last, start)
	}
	if last > 0 && !o.Resume {
		return 0, fmt.Errorf("%s holds what clients measured before: --resume goes on with it, another --out begins anew",
			o.Root)
	}
	return last, nil
}

func (c *Client) join(me joining) error {
	ctx, cancel := context.WithTimeoutCause(c.ctx, c.o.Limit, fmt.Errorf("the first client did not let this one in at %s "+
		"within %v", c.o.URL, c.o.Limit))
	defer cancel()
	said, err := json.Marshal(me)
	if err != nil {
		return err
	}
	word, err := c.Agree(ctx, "join", said, c.compare)
	if c.host != nil && err != nil && ctx.Err() != nil && c.ctx.Err() == nil {
		err = fmt.Errorf("of %d clients these did not come within %v: %s", c.o.Part.Of, c.o.Limit,
			c.host.absent(c.host.matters["join 1"]))
	}
	if err != nil {
		return err
	}
	var all joined
	if err := json.Unmarshal(word, &all); err != nil {
		return err
	}
	c.salt, c.start = all.Salt, all.Start
	return nil
}

// compare refuses clients that are not of one load.
func (c *Client) compare(said [][]byte) ([]byte, error) {
	all := make([]joining, len(said))
	word := joined{Salt: c.o.Salt}
	for i := range said {
		if err := json.Unmarshal(said[i], &all[i]); err != nil {
			return nil, err
		}
		a, b := all[0], all[i]
		if a.Of != b.Of {
			return nil, fmt.Errorf("client %d (%s) is one of %d, and the first (%s) one of %d", i+1, b.Host, b.Of, a.Host,
				a.Of)
		}
		if a.Scenario != b.Scenario {
			return nil, fmt.Errorf("client %d (%s) has another scenario than the first (%s), or other flags", i+1, b.Host,
				a.Host)
		}
		if a.Build != b.Build {
			return nil, fmt.Errorf("client %d (%s) is another program than the first (%s): %s and %s", i+1, b.Host, a.Host,
				b.Build, a.Build)
		}
		c.host.call(i, b.Host)
		word.Start = max(word.Start, b.Start+1)
	}
	return json.Marshal(word)
}

// Context ends when the clients are apart, with the reason.
func (c *Client) Context() context.Context { return c.ctx }

// Salt is that of all clients' texts.
func (c *Client) Salt() string { return c.salt }

// First reports whether the rendezvous is here.
func (c *Client) First() bool { return c.host != nil }

// Dir is where this client's run is to be written.
func (c *Client) Dir() string { return filepath.Join(c.o.Root, runName(c.start, c.o.Part.Index)) }

// Apart is why the clients are apart; nil: they are not.
func (c *Client) Apart() error {
	if why := context.Cause(c.ctx); errors.Is(why, ErrApart) {
		return why
	}
	return nil
}

// part ends what this client plays.
func (c *Client) part(why error) error {
	if !errors.Is(why, ErrApart) {
		why = &apart{why}
	}
	c.cancel(why)
	return why
}

// Agree is sweep.Crew's.
func (c *Client) Agree(ctx context.Context, name string, mine []byte, decide func([][]byte) ([]byte, error)) ([]byte,
	error) {
	c.mu.Lock()
	c.said[name]++
	name = fmt.Sprint(name, " ", c.said[name])
	c.mu.Unlock()
	if len(mine) > wordMost {
		return nil, fmt.Errorf("%s: too much is said", name)
	}
	if c.host == nil {
		return c.ask(ctx, "/v1/agree", question{Matter: name, Says: mine})
	}
	x, err := c.host.say(0, name, mine)
	if err != nil {
		return nil, c.part(err)
	}
	word, err := c.host.decide(ctx, x, decide)
	if err != nil && ctx.Err() == nil {
		err = c.part(err)
	}
	return word, err
}

// ask puts a question to the first client until it answers.
func (c *Client) ask(ctx context.Context, path string, q question) ([]byte, error) {
	q.Client = c.o.Part.Index - 1
	body, err := json.Marshal(q)
	if err != nil {
		return nil, err
	}
	var last error
	for {
		status, answer, err := c.send(ctx, http.MethodPost, path, bytes.NewReader(body))
		switch {
		case ctx.Err() != nil:
			if last != nil {
				return nil, fmt.Errorf("%w; what failed last: %w", context.Cause(ctx), last)
			}
			return nil, context.Cause(ctx)
		case err != nil: // it may not listen yet, or the network pauses: heartbeats tell when that is too long
			last = err
			pause(ctx, 200*time.Millisecond)
		case status == http.StatusOK:
			return answer, nil
		case status == http.StatusAccepted:
			last = nil
		case status == http.StatusUnauthorized, status == http.StatusGone, status == http.StatusConflict:
			return nil, c.part(errors.New(strings.TrimSpace(string(answer))))
		default:
			says, _, _ := strings.Cut(strings.TrimSpace(string(answer)), "\n") // a proxy's may be a page
			return nil, c.part(fmt.Errorf("the first client answers %d: %s", status, says))
		}
	}
}

func pause(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

// answerMost bounds what is read of an answer.
const answerMost = 1 << 20

// open asks the first client; the answer's body is the caller's to close.
func (c *Client) open(ctx context.Context, method, path string, body io.Reader) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.o.URL, "/")+path, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Authorization", "Bearer "+c.o.Token)
	return c.http.Do(r)
}

func (c *Client) send(ctx context.Context, method, path string, body io.Reader) (status int, answer []byte, err error) {
	a, err := c.open(ctx, method, path, body)
	if err != nil {
		return 0, nil, err
	}
	defer a.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(a.Body, answerMost))
	return a.StatusCode, answer, err
}

// beat lets the first client hear of this one, and hears of all; of the first client itself it watches the others.
func (c *Client) beat() {
	if c.host != nil {
		c.host.watch(c.ctx, c.o.beat()/2, c.o.Lost)
		if why := c.host.end(nil); why != nil {
			_ = c.part(why)
		}
		return
	}
	heard := time.Now()
	for c.ctx.Err() == nil {
		ctx, cancel := context.WithTimeout(c.ctx, c.o.Lost)
		c.mu.Lock()
		mine := c.mine
		c.mu.Unlock()
		body, _ := json.Marshal(question{Client: c.o.Part.Index - 1, Matter: mine.step, Tally: mine.Tally})
		status, answer, err := c.send(ctx, http.MethodPost, "/v1/beat", bytes.NewReader(body))
		cancel()
		switch {
		case err == nil && status == http.StatusOK:
			heard = time.Now()
			c.hear(mine.step, answer)
		case err == nil && status == http.StatusGone:
			_ = c.part(errors.New(strings.TrimSpace(string(answer))))
		case time.Since(heard) > c.o.Lost:
			_ = c.part(fmt.Errorf("the first client is lost: no word of it for %v", time.Since(heard).Round(time.Second)))
		}
		pause(c.ctx, c.o.beat())
	}
}

func (c *Client) hear(step string, answer []byte) {
	var sum sweep.Tally
	if json.Unmarshal(answer, &sum) != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mine.step == step {
		c.sum = sum
	}
}

// Sum is sweep.Crew's.
func (c *Client) Sum(step string, mine sweep.Tally) sweep.Tally {
	if c.host != nil {
		sum, _ := c.host.beat(0, tallied{step, mine})
		return sum
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mine.step != step {
		c.sum = sweep.Tally{}
	}
	c.mine = tallied{step, mine}
	return c.sum
}

// clockAsks is how often the first client is asked for its time: the answers that were quickest bound it.
const clockAsks = 12

// Clock is sweep.Crew's: bounds, as of a server's clock.
func (c *Client) Clock(ctx context.Context) results.ServerClock {
	if c.host != nil {
		return results.ServerClock{N: 1}
	}
	lo, hi, n := time.Duration(-1<<62), time.Duration(1<<62), 0
	for range clockAsks {
		sent := c.o.Clock.Now()
		status, answer, err := c.send(ctx, http.MethodGet, "/v1/clock", nil)
		received := c.o.Clock.Now()
		ns, bad := strconv.ParseInt(string(answer), 10, 64)
		if err != nil || status != http.StatusOK || bad != nil {
			continue
		}
		told := time.Unix(0, ns)
		lo, hi = max(lo, told.Sub(c.o.Clock.Time(received))), min(hi, told.Sub(c.o.Clock.Time(sent)))
		n++
	}
	if n == 0 || lo > hi {
		return results.ServerClock{}
	}
	return results.ServerClock{Offset: (lo + hi) / 2, Half: (hi-lo)/2 + 1, N: n}
}

// Deliver is sweep.Crew's: a step is acknowledged when the first client's disk has it.
func (c *Client) Deliver(ctx context.Context, run string, step *results.Step) error {
	if c.host != nil {
		return nil
	}
	if err := c.deliverHead(ctx, run); err != nil {
		return err
	}
	seal, err := step.Seal()
	if err != nil {
		return err
	}
	sum := sha256.Sum256(seal)
	name := filepath.Base(run) + "/" + filepath.Base(step.Dir)
	return c.insist(ctx, func() (int, []byte, error) {
		q, _ := json.Marshal(question{Client: c.o.Part.Index - 1, Matter: name, Says: sum[:]})
		status, answer, err := c.send(ctx, http.MethodPost, "/v1/has", bytes.NewReader(q))
		if err != nil || status != http.StatusNotFound {
			return status, answer, err
		}
		from, to := io.Pipe()
		go func() { to.CloseWithError(step.Pack(to)) }()
		return c.send(ctx, http.MethodPut, "/v1/step/"+filepath.Base(run), from)
	})
}

// deliverHead brings a run's manifest and scenario.
func (c *Client) deliverHead(ctx context.Context, run string) error {
	if c.host != nil {
		return nil
	}
	head, err := results.ReadHead(run)
	if err != nil {
		return err
	}
	body, err := json.Marshal(head)
	if err != nil {
		return err
	}
	return c.insist(ctx, func() (int, []byte, error) {
		return c.send(ctx, http.MethodPut, "/v1/head/"+filepath.Base(run), bytes.NewReader(body))
	})
}

// insist sends again while the network fails; heartbeats tell when that is too long.
func (c *Client) insist(ctx context.Context, send func() (int, []byte, error)) error {
	for {
		status, answer, err := send()
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err == nil && status == http.StatusOK:
			return nil
		case err == nil:
			return c.part(fmt.Errorf("the first client did not take what was measured: %s", strings.TrimSpace(string(answer))))
		}
		pause(ctx, time.Second)
	}
}

// Leave tells the others that this client ends, and why; what was said before ends with it.
func (c *Client) Leave(why error) error {
	if why == nil {
		return nil
	}
	says := inOneLine(why)
	if c.host != nil {
		c.host.call(0, c.o.Host)
		c.host.leaves(0, says)
	} else if c.Apart() == nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(c.ctx), 2*time.Second)
		defer cancel()
		body, _ := json.Marshal(question{Client: c.o.Part.Index - 1, Says: []byte(says)})
		_, _, _ = c.send(ctx, http.MethodPost, "/v1/leave", bytes.NewReader(body))
	}
	c.close()
	return why
}

// inOneLine is a reason without what is said in it twice.
func inOneLine(why error) string {
	return strings.Join(slices.Compact(strings.Split(why.Error(), "\n")), "; ")
}

// await waits until all others have heard, or as long as those that still listen need.
func (c *Client) await(heard func() bool) {
	for end := time.Now().Add(2 * c.o.beat()); !heard() && time.Now().Before(end); {
		time.Sleep(c.o.beat() / 20)
	}
}

// close ends heartbeats, and the rendezvous when the others know.
func (c *Client) close() {
	c.cancel(errors.New("this client has ended"))
	c.beats.Wait()
	c.http.CloseIdleConnections()
	if c.host == nil {
		return
	}
	c.await(c.host.allKnow)
	ctx, cancel := context.WithTimeout(context.Background(), c.o.beat())
	defer cancel()
	_ = c.host.server.Shutdown(ctx)
	_ = c.host.server.Close()
}
