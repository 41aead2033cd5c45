package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"loadgen/clock"
	"loadgen/scenarios"
	"loadgen/sweep"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestIdentify(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want scenarios.Shard
		says string
	}{
		{map[string]string{"JOB_COMPLETION_INDEX": "0", "JOB_COMPLETIONS": "4"}, scenarios.Shard{Index: 1, Of: 4}, ""},
		{map[string]string{"SLURM_PROCID": "3", "SLURM_NTASKS": "4"}, scenarios.Shard{Index: 4, Of: 4}, ""},
		{map[string]string{"SLURM_PROCID": "0", "SLURM_NTASKS": "1", "OMPI_COMM_WORLD_RANK": "1",
			"OMPI_COMM_WORLD_SIZE": "2"}, scenarios.Shard{Index: 2, Of: 2}, ""},
		{map[string]string{"JOB_COMPLETION_INDEX": "0"}, scenarios.Shard{}, "give its completions as the variable"},
		{map[string]string{"JOB_COMPLETION_INDEX": "4", "JOB_COMPLETIONS": "4"}, scenarios.Shard{}, "no place"},
		{map[string]string{"SLURM_PROCID": "x", "SLURM_NTASKS": "2"}, scenarios.Shard{}, "srun"},
		{map[string]string{}, scenarios.Shard{}, "--shard 1/4"},
	} {
		got, err := Identify(func(name string) string { return c.env[name] })
		if got != c.want || (err == nil) != (c.says == "") || err != nil && !strings.Contains(err.Error(), c.says) {
			t.Errorf("%v: %+v, %v", c.env, got, err)
		}
	}
}

// A band are clients in this process, which meet at a port of its own.
type band struct {
	t   *testing.T
	url string
	of  int
	clk clock.Clock
}

func newBand(t *testing.T, of int) *band {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return &band{t, "http://" + l.Addr().String(), of, clock.NewWall()}
}

func (b *band) options(i int, root string) Options {
	return Options{URL: b.url, Token: "open sesame", Part: scenarios.Shard{Index: i + 1, Of: b.of}, Build: "b",
		Scenario: "s", Host: fmt.Sprint("host-", i+1), Salt: fmt.Sprint("salt-", i+1), Root: root, Limit: 20 * time.Second,
		Lost: 700 * time.Millisecond, Clock: b.clk}
}

// join lets all clients in at once; change may make one of them another.
func (b *band) join(change func(*Options)) (clients []*Client, errs []error) {
	clients, errs = make([]*Client, b.of), make([]error, b.of)
	var all sync.WaitGroup
	for i := range b.of {
		o := b.options(i, b.t.TempDir())
		if change != nil {
			change(&o)
		}
		all.Go(func() { clients[i], errs[i] = Join(context.Background(), o) })
	}
	all.Wait()
	return clients, errs
}

func (b *band) joined() []*Client {
	b.t.Helper()
	clients, errs := b.join(nil)
	if err := errors.Join(errs...); err != nil {
		b.t.Fatal(err)
	}
	return clients
}

// each has all clients do the same side by side.
func each(clients []*Client, do func(i int, c *Client) error) error {
	errs := make([]error, len(clients))
	var all sync.WaitGroup
	for i, c := range clients {
		all.Go(func() { errs[i] = do(i, c) })
	}
	all.Wait()
	return errors.Join(errs...)
}

func TestClientsAgree(t *testing.T) {
	clients := newBand(t, 5).joined()
	decided := 0
	err := each(clients, func(i int, c *Client) error {
		for round := range 20 {
			word, err := c.Agree(c.Context(), "sum", []byte{byte(i + round)}, func(all [][]byte) ([]byte, error) {
				decided++
				sum := byte(0)
				for _, said := range all {
					sum += said[0]
				}
				return []byte{sum}, nil
			})
			if err != nil || len(word) != 1 || word[0] != byte(10+5*round) || c.Salt() != "salt-1" {
				return fmt.Errorf("client %d, round %d: %v, %w, salt %s", i, round, word, err, c.Salt())
			}
		}
		return nil
	})
	if err != nil || decided != 20 {
		t.Error(decided, err)
	}
	for i, c := range clients {
		if at := c.Clock(c.Context()); !at.Known() || at.Offset.Abs() > at.Half+time.Microsecond {
			t.Errorf("client %d, on the same clock: %+v", i, at)
		}
	}
	if err := each(clients, func(_ int, c *Client) error { return errors.Join(c.bye(), c.Apart()) }); err != nil {
		t.Error(err)
	}
}

// bye ends a client that has no run.
func (c *Client) bye() error {
	_, err := c.Agree(c.Context(), "bye", nil, func([][]byte) ([]byte, error) { return nil, nil })
	c.close()
	return err
}

// What clients have of a step is added up with their heartbeats, and what they have of another is not.
func TestTalliesAreOfOneStep(t *testing.T) {
	clients := newBand(t, 3).joined()
	sums := func(step string, i int) sweep.Tally {
		return clients[i].Sum(step, sweep.Tally{InFlight: i + 1, Missed: 10 * i, Overrun: 7 * (i % 2)})
	}
	want := sweep.Tally{InFlight: 6, Missed: 30, Overrun: 7}
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		got := []sweep.Tally{sums("a", 0), sums("a", 1), sums("a", 2)}
		if got[0] == want && got[1] == want && got[2] == want {
			break
		}
		if time.Now().After(end) {
			t.Fatal(got)
		}
	}
	if got := sums("b", 1); got != (sweep.Tally{}) {
		t.Errorf("nothing is known of b yet, and %+v", got)
	}
	if err := each(clients, func(_ int, c *Client) error { return c.bye() }); err != nil {
		t.Error(err)
	}
}

func TestStrangersAreRefused(t *testing.T) {
	for says, change := range map[string]func(*Options){
		"client 2 (host-2) has another scenario than the first (host-1), or other flags": func(o *Options) {
			if o.Part.Index == 2 {
				o.Scenario = "other"
			}
		},
		"client 3 (host-3) is another program than the first (host-1): c and b": func(o *Options) {
			if o.Part.Index == 3 {
				o.Build = "c"
			}
		},
		"client 2 (host-2) is one of 4, and the first (host-1) one of 3": func(o *Options) {
			if o.Part.Index == 2 {
				o.Part.Of = 4
			}
		},
	} {
		_, errs := newBand(t, 3).join(change)
		for i, err := range errs {
			if err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("client %d: %v, want %s", i+1, err, says)
			}
		}
	}
}

func TestTheMissingAreNamed(t *testing.T) {
	b := newBand(t, 4)
	errs := make([]error, 2)
	var all sync.WaitGroup
	for k, i := range []int{0, 2} {
		o := b.options(i, t.TempDir())
		o.Limit = 400 * time.Millisecond
		if i > 0 {
			o.Limit = 20 * time.Second // it waits for longer, and is told
		}
		all.Go(func() { _, errs[k] = Join(context.Background(), o) })
	}
	all.Wait()
	for _, err := range errs {
		if err == nil || !strings.Contains(err.Error(), "of 4 clients these did not come within 400ms: 2, 4") {
			t.Error(err)
		}
	}
}

// Where the first client cannot be reached the others say why, and what answers in its place is told in a line.
func TestTheFirstIsNotThere(t *testing.T) {
	b := newBand(t, 2)
	o := b.options(1, t.TempDir())
	o.Limit = 300 * time.Millisecond
	_, err := Join(t.Context(), o)
	if err == nil || !strings.Contains(err.Error(), "300ms; what failed last: Post ") ||
		!strings.Contains(err.Error(), "refused") {
		t.Error(err)
	}
	other := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "<html>\nnot here", http.StatusNotImplemented)
	}))
	defer other.Close()
	o.URL = other.URL
	_, err = Join(t.Context(), o)
	if err == nil || !strings.HasSuffix(err.Error(), "the first client answers 501: <html>") {
		t.Error(err)
	}
}

// The same place twice, a wrong token and a bad client are turned away, and disturb nobody.
func TestTheRendezvousTurnsAway(t *testing.T) {
	b := newBand(t, 2)
	clients := b.joined()
	twin := b.options(1, t.TempDir())
	if _, err := Join(context.Background(), twin); err == nil || !strings.Contains(err.Error(), "are there two of it?") {
		t.Error("a second client 2:", err)
	}
	for _, c := range []struct {
		method, path, token, body string
		want                      int
	}{
		{"POST", "/v1/agree", "", `{"Client":1}`, 401},
		{"GET", "/v1/clock", "open sesam", "", 401},
		{"POST", "/v1/agree", "open sesame", `{"Client":0}`, 400},
		{"POST", "/v1/agree", "open sesame", `{"Client":2}`, 400},
		{"POST", "/v1/agree", "open sesame", `{"Client":-1}`, 400},
		{"POST", "/v1/agree", "open sesame", `{"Client":1,"Says":"` + strings.Repeat("A", 4*wordMost) + `"}`, 400},
		{"PUT", "/v1/step/..%2f..", "open sesame", "x", 400},
		{"PUT", "/v1/step/t1-s2", "open sesame", "no tar", 422},
		{"PUT", "/v1/head/t1-s2", "open sesame", "{}", 422},
		{"POST", "/v1/has", "open sesame", `{"Client":1,"Matter":"../x"}`, 400},
		{"GET", "/", "open sesame", "", 404},
	} {
		r, err := http.NewRequest(c.method, b.url+c.path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+c.token)
		a, err := (&http.Client{Transport: &http.Transport{DisableKeepAlives: true}}).Do(r)
		if err != nil {
			t.Fatal(err)
		}
		a.Body.Close()
		if a.StatusCode != c.want {
			t.Errorf("%+.80v: %d", c, a.StatusCode)
		}
	}
	if err := each(clients, func(_ int, c *Client) error { return c.bye() }); err != nil {
		t.Error(err)
	}
}

// Whoever falls silent is lost: of another client all hear it from the first, and of the first each notices by itself.
func TestTheSilentAreLost(t *testing.T) {
	for lost, says := range map[int]string{2: "client 3 of 3 (host-3) is lost", 0: "the first client is lost"} {
		clients := newBand(t, 3).joined()
		silent := clients[lost]
		silent.cancel(errors.New("killed")) // it beats no more,
		if silent.host != nil {
			_ = silent.host.server.Close() // and nobody listens
		}
		for i, c := range clients {
			if i == lost {
				continue
			}
			<-c.Context().Done()
			if err := c.Apart(); err == nil || !strings.Contains(err.Error(), says) {
				t.Errorf("client %d, when %d is lost: %v", i, lost, err)
			}
		}
		_ = each(clients, func(_ int, c *Client) error { return c.Leave(errors.New("the end")) })
	}
}

// Who leaves in order tells why, and the others need not wait to miss it.
func TestLeavingIsTold(t *testing.T) {
	clients := newBand(t, 3).joined()
	stopped := errors.New("stopped")
	go func() { _ = clients[1].Leave(errors.Join(stopped, stopped, errors.New("disk full"))) }()
	err := each([]*Client{clients[0], clients[2]}, func(i int, c *Client) error {
		_, err := c.Agree(c.Context(), "next", nil, func([][]byte) ([]byte, error) { return nil, nil })
		told := err != nil && strings.Contains(err.Error(), "client 2 of 3 (host-2) left: stopped; disk full")
		if !told || c.Apart() == nil {
			return fmt.Errorf("%d: %w", i, err)
		}
		_ = c.Leave(err)
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}
