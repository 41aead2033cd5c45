package simulator

import (
	"strings"
	"sync"
	"time"

	"loadgen/simulator/machine"
	"loadgen/simulator/prompt"
)

// A reply is where a driver sends one response. Its methods never block.
type reply interface {
	whole(status int, kind string, body []byte, headers ...string) // a complete response; headers as "name: value"
	begin(id string)                                               // 200, text/event-stream; id for X-Request-Id, or ""
	chunk(p []byte)
	flush() // what was chunked so far may go
	end()
	cut(reset bool) // the connection ends here: RST, or FIN in the middle
}

// A request is what a driver read.
type request struct {
	method, path, query string
	authorization       string
	id                  string // X-Request-Id
	body                []byte // valid during the call
	front               *machine.Front[*choice]
}

const jsonType = "application/json"

// A route is one endpoint. do returns, while a stream may go on, what the driver calls when the client leaves.
type route struct {
	method, path string
	do           func(*Server, *request, reply) (abort func())
}

var routes = []route{
	{"POST", "/v1/chat/completions", func(s *Server, q *request, r reply) func() { return s.generate(q, r, true) }},
	{"POST", "/v1/completions", func(s *Server, q *request, r reply) func() { return s.generate(q, r, false) }},
	{"GET", "/metrics", func(s *Server, q *request, r reply) func() {
		room := metricPages.Get().(*[]byte)
		defer metricPages.Put(room)
		*room = s.exposition((*room)[:0])
		return whole(r, "text/plain; version=1.0.0; charset=utf-8", *room)
	}},
	{"GET", "/v1/models", func(s *Server, q *request, r reply) func() { return whole(r, jsonType, s.models()) }},
	{"POST", "/tokenize", (*Server).tokenize},
	{"POST", "/detokenize", (*Server).detokenize},
	{"GET", "/health", func(s *Server, q *request, r reply) func() { return whole(r, "", nil) }},
	{"GET", "/ping", func(s *Server, q *request, r reply) func() { return whole(r, "", nil) }},
	{"POST", "/ping", func(s *Server, q *request, r reply) func() { return whole(r, "", nil) }},
	{"GET", "/version", func(s *Server, q *request, r reply) func() { return whole(r, jsonType, s.version()) }},
	{"GET", "/server_info", func(s *Server, q *request, r reply) func() { return whole(r, jsonType, s.serverInfo()) }},
	{"GET", "/load", func(s *Server, q *request, r reply) func() { return whole(r, jsonType, s.serverLoad()) }},
	{"GET", "/is_sleeping", func(s *Server, q *request, r reply) func() {
		return whole(r, jsonType, []byte(`{"is_sleeping":false}`))
	}},
	{"POST", "/reset_prefix_cache", func(s *Server, q *request, r reply) func() {
		return whole(r, jsonType, s.resetPrefixCache())
	}},
}

// metricPages are of answers that have been written.
var metricPages = sync.Pool{New: func() any { return new([]byte) }}

func whole(r reply, kind string, body []byte) func() {
	r.whole(200, kind, body)
	return nil
}

// handle answers one request.
func (s *Server) handle(q *request, r reply) (abort func()) {
	c := &counted{reply: r, s: s, handler: "none", method: q.method, in: len(q.body), begun: s.clk.Now()}
	t, allowed := find(q)
	if t != nil || allowed != "" {
		c.handler = q.path
	}
	switch {
	case s.opts.APIKey != "" && strings.HasPrefix(q.path, "/v1") && q.authorization != "Bearer "+s.opts.APIKey:
		r.whole(401, jsonType, []byte(`{"error":"Unauthorized"}`)) // by a layer in front of what counts
	case t != nil:
		return t.do(s, q, c)
	case allowed != "":
		c.whole(405, jsonType, []byte(`{"detail":"Method Not Allowed"}`), "allow: "+allowed)
	default:
		c.whole(404, jsonType, []byte(`{"detail":"Not Found"}`))
	}
	return nil
}

// find looks up a request's route; allowed is the method that its path takes instead.
func find(q *request) (t *route, allowed string) {
	for i := range routes {
		switch {
		case routes[i].path != q.path:
		case routes[i].method == q.method:
			return &routes[i], ""
		default:
			allowed = routes[i].method
		}
	}
	return nil, allowed
}

// generate answers /v1/chat/completions and /v1/completions.
func (s *Server) generate(q *request, r reply, chat bool) (abort func()) {
	b, err := prompt.Read(q.body, chat, s.block)
	limit := 0
	if err == nil {
		limit, err = s.admissible(b)
	}
	if err != nil {
		s.refuse(r, err)
		return nil
	}
	if b.Stream && s.set.forceUsage {
		b.Usage, b.Continuous = true, true
	}
	a := &answer{s: s, b: b, reply: r, front: q.front, limit: limit, came: s.clk.Now()}
	s.engine.Do(func() { s.take(a, q) })
	return func() { s.engine.Do(a.abort) }
}

func (s *Server) refuse(r reply, err error) {
	p, ok := err.(*prompt.Problem)
	if !ok {
		p = &prompt.Problem{Status: 400, Says: err.Error(), Type: "BadRequestError"}
	}
	r.whole(p.Status, jsonType, p.Body())
}

// admissible checks a body against the model and returns the most tokens it may generate.
func (s *Server) admissible(b *prompt.Body) (limit int, err error) {
	room := s.set.maxLen - b.Tokens.Count
	switch {
	case b.Model != "" && b.Model != s.set.served:
		return 0, prompt.UnknownModel(b.Model, s.set.served)
	case b.Options && !b.Stream:
		return 0, prompt.BadValue("Stream options can only be defined when `stream=True`.", "stream_options", "")
	case b.N < 1:
		return 0, prompt.BadValue("n must be at least 1, got 0.", "n", "0")
	case b.MaxTokens > s.set.maxLen:
		return 0, prompt.BadValue(sprint("max_tokens=%d cannot be greater than max_model_len=%d. Please request fewer "+
			"output tokens.", b.MaxTokens, s.set.maxLen), "max_tokens", sprint("%d", b.MaxTokens))
	case b.Tokens.Count == 0:
		return 0, &prompt.Problem{Status: 400, Says: "The decoder prompt cannot be empty", Type: "BadRequestError"}
	case room < 1:
		return 0, prompt.TooLong(s.set.maxLen)
	case b.MinTokens > room: // a shorter answer is silent, one that must not be shorter is refused
		return 0, &prompt.Problem{Status: 400, Says: sprint("min_tokens must be less than or equal to max_tokens=%d, got %d.",
			room, b.MinTokens), Type: "BadRequestError"}
	case b.EchoOnly():
		return 1, nil // vLLM samples one, counts it and does not show it
	case b.MaxTokens == 0:
		return room, nil
	}
	return min(b.MaxTokens, room), nil
}

// take has the front end work on an answer and then hand it to the engine. Its seed follows from the prompt and from
// how often that came before, so texts and lengths do not depend on the order of requests.
func (s *Server) take(a *answer, q *request) {
	key := prompt.Mix(a.b.Tokens.Hash ^ prompt.Mix(s.opts.Seed+a.b.Seed))
	s.seen[key]++
	seed := prompt.Mix(key + s.seen[key])
	a.id = "cmpl-"
	if a.b.Chat {
		a.id = "chatcmpl-"
	}
	if q.id != "" {
		a.id += q.id
	} else {
		a.id += s.newID()
	}
	a.created = s.clk.Time(a.came).Unix()
	s.load++
	a.front.Accept(a.came, a.b.Tokens.Count, func() { s.submit(a, seed) })
}

// submit hands an answer to the engine, or refuses it there.
func (s *Server) submit(a *answer, seed uint64) {
	if a.gone {
		return
	}
	a.fault = s.fault(seed)
	if a.fault != nil && a.fault.refused() != nil {
		a.gone = true
		s.load--
		s.refuse(a.reply, a.fault.refused())
		return
	}
	if s.set.queuedToks >= 0 && float64(s.fresh) >= s.set.queuedToks && !s.full(a) {
		s.turnAway(a, &s.metrics.overTokens, prompt.BacklogFull())
		return
	}
	if a.start(seed) != nil { // the only reason is a full queue
		s.turnAway(a, &s.metrics.rejected, prompt.QueueFull())
	}
}

// full reports whether max-num-queued-reqs refuses a, which vLLM looks at first.
func (s *Server) full(a *answer) bool {
	running, waiting, _ := s.engine.Load()
	return s.set.queued > 0 && running+waiting+a.b.N > s.set.queued
}

func (s *Server) turnAway(a *answer, counter *int, why *prompt.Problem) {
	a.gone = true
	s.load--
	*counter++
	s.refuse(a.reply, why)
}

func (a *answer) requestID() string {
	if !a.s.set.idHeaders {
		return ""
	}
	return a.id[strings.IndexByte(a.id, '-')+1:]
}

func (s *Server) now() time.Time { return s.clk.Time(s.clk.Now()) }
