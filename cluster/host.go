package cluster

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"strconv"
	"time"

	"golang.org/x/net/netutil"

	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/sweep"
)

// A host is the rendezvous over HTTP: the meeting, and where the others' runs are collected.
type host struct {
	*meeting
	root   string
	token  [sha256.Size]byte
	server *http.Server
}

const (
	askAgain  = 20 * time.Second // a question is held open for so long
	jsonLimit = 10 * time.Second // for a small body to come
	stepLimit = 30 * time.Minute // for a step to come
	headMost  = 64 << 20         // bytes of a manifest and its scenario
	stepMost  = 64 << 30         // bytes of a packed step
)

// listen opens the rendezvous at a URL's port: on the loopback interface where the URL names it, else on all.
func listen(at *url.URL, of int) (net.Listener, error) {
	name := at.Hostname()
	if !scenarios.Loopback(name) {
		name = ""
	}
	l, err := net.Listen("tcp", net.JoinHostPort(name, at.Port()))
	if err != nil {
		return nil, err
	}
	return netutil.LimitListener(l, 4*of+16), nil
}

func (h *host) serve(l net.Listener) {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/agree", h.agree)
	mux.HandleFunc("POST /v1/beat", h.hear)
	mux.HandleFunc("POST /v1/leave", h.leave)
	mux.HandleFunc("GET /v1/clock", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, strconv.FormatInt(h.now().UnixNano(), 10))
	})
	mux.HandleFunc("POST /v1/has", h.has)
	mux.HandleFunc("PUT /v1/head/{run}", h.head)
	mux.HandleFunc("PUT /v1/step/{run}", h.step)
	h.server = &http.Server{Handler: h.only(mux), ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute,
		MaxHeaderBytes: 16 << 10}
	go func() { _ = h.server.Serve(l) }()
}

// only lets in who has the token. Hashes are compared, so that the time tells neither its content nor its length.
func (h *host) only(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		given := sha256.Sum256([]byte(r.Header.Get("Authorization")))
		if subtle.ConstantTimeCompare(given[:], h.token[:]) != 1 {
			w.Header().Set("Connection", "close")
			http.Error(w, "the token is not this rendezvous's", http.StatusUnauthorized)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// tokenHash is what a request with a token has for authorization, hashed.
func tokenHash(token string) [sha256.Size]byte { return sha256.Sum256([]byte("Bearer " + token)) }

// A question is what another client sends.
type question struct {
	Client int // from 0
	Matter string
	Says   []byte
	Tally  sweep.Tally
}

// read decodes a small body of one of the clients.
func (h *host) read(w http.ResponseWriter, r *http.Request) (q question, ok bool) {
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(jsonLimit))
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 2*wordMost)).Decode(&q)
	if err == nil && (q.Client < 1 || q.Client >= h.of || len(q.Matter) > 300) {
		err = fmt.Errorf("there is no client %d of %d but the first", q.Client+1, h.of)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return q, false
	}
	return q, true
}

func (h *host) agree(w http.ResponseWriter, r *http.Request) {
	q, ok := h.read(w, r)
	if !ok {
		return
	}
	x, err := h.say(q.Client, q.Matter, q.Says)
	if errors.Is(err, errTwice) {
		http.Error(w, err.Error(), http.StatusConflict)
		return
	}
	if err != nil {
		h.gone(w, q.Client, err)
		return
	}
	late := time.NewTimer(askAgain)
	defer late.Stop()
	select {
	case <-x.decided:
		if x.err != nil {
			http.Error(w, x.err.Error(), http.StatusConflict)
			return
		}
		_, _ = w.Write(x.word)
		h.mu.Lock()
		x.told++
		h.mu.Unlock()
	case <-h.over:
		h.gone(w, q.Client, h.end(nil))
	case <-late.C:
		w.WriteHeader(http.StatusAccepted)
	case <-r.Context().Done():
	}
}

// gone says why the meeting has ended.
func (h *host) gone(w http.ResponseWriter, client int, why error) {
	http.Error(w, why.Error(), http.StatusGone)
	h.tell(client)
}

func (h *host) hear(w http.ResponseWriter, r *http.Request) {
	q, ok := h.read(w, r)
	if !ok {
		return
	}
	sum, err := h.beat(q.Client, tallied{q.Matter, q.Tally})
	if err != nil {
		h.gone(w, q.Client, err)
		return
	}
	_ = json.NewEncoder(w).Encode(sum)
}

func (h *host) leave(w http.ResponseWriter, r *http.Request) {
	if q, ok := h.read(w, r); ok {
		h.tell(q.Client)
		h.leaves(q.Client, results.Plain(string(q.Says)))
	}
}

// runNames are the directories of clients' runs: which start, which part.
var runNames = regexp.MustCompile(`^t[0-9]{1,4}-s[0-9]{1,4}$`)

func runName(start, part int) string { return fmt.Sprintf("t%d-s%d", start, part) }

// partOf reads a run's name.
func partOf(name string) (start, part int, ok bool) {
	if !runNames.MatchString(name) {
		return 0, 0, false
	}
	_, err := fmt.Sscanf(name, "t%d-s%d", &start, &part)
	return start, part, err == nil
}

// collected is where a client's run is kept here.
func (h *host) collected(w http.ResponseWriter, r *http.Request) (dir string, ok bool) {
	name := r.PathValue("run")
	if !runNames.MatchString(name) {
		http.Error(w, "no such run", http.StatusBadRequest)
		return "", false
	}
	return filepath.Join(h.root, name), true
}

// has tells whether a step is here already, as it is on a volume that all share.
func (h *host) has(w http.ResponseWriter, r *http.Request) {
	q, ok := h.read(w, r)
	if !ok {
		return
	}
	run, step := filepath.Split(q.Matter)
	if !runNames.MatchString(filepath.Clean(run)) {
		http.Error(w, "no such run", http.StatusBadRequest)
		return
	}
	seal, err := (&results.Step{Dir: results.StepDir(filepath.Join(h.root, run), step)}).Seal()
	if sum := sha256.Sum256(seal); err != nil || string(sum[:]) != string(q.Says) {
		http.Error(w, "not here", http.StatusNotFound)
	}
}

func (h *host) head(w http.ResponseWriter, r *http.Request) {
	dir, ok := h.collected(w, r)
	if !ok {
		return
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(time.Minute))
	var head results.Head
	err := json.NewDecoder(http.MaxBytesReader(w, r.Body, headMost)).Decode(&head)
	if err == nil {
		err = head.Write(dir)
	}
	refuse(w, err)
}

func (h *host) step(w http.ResponseWriter, r *http.Request) {
	dir, ok := h.collected(w, r)
	if !ok {
		return
	}
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(stepLimit))
	refuse(w, results.Unpack(dir, http.MaxBytesReader(w, r.Body, stepMost)))
}

func refuse(w http.ResponseWriter, err error) {
	if err != nil {
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
	}
}

// watch ends the meeting when a client is lost.
func (h *host) watch(ctx context.Context, every, after time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-h.over:
			return
		case <-tick.C:
			if err := h.lost(after); err != nil {
				_ = h.end(err)
			}
		}
	}
}
