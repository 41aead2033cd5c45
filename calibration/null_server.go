package calibration

import (
	"bufio"
	"bytes"
	"container/heap"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"sync"
	"time"

	"loadgen/results"
)

// Times of the null server of a calibration.
const (
	NullTTFT = 20 * time.Millisecond
	NullITL  = results.NullITL
)

// A nullServer answers every request with as many tokens as it asks for, the first after ttft and then one every itl,
// each in a write of its own by one goroutine, and remembers when it really wrote them.
type nullServer struct {
	base      time.Time
	ttft, itl time.Duration

	mu    sync.Mutex
	due   nullStreams // by when their next token is due
	wake  chan struct{}
	ended []*nullStream
	next  int
}

// A nullStream is one request. Times count from the server's base.
type nullStream struct {
	conn    net.Conn
	id      string
	token   []byte
	arrived time.Duration
	at      time.Duration // when the next token is due
	left    int
	wrote   []time.Duration
	done    chan error
}

// ServeNull serves the null server until the listener is closed. Beside chat completions it answers GET /v1/models, so
// that a run can be made against it, and GET /truth: a line with its start, base and Unix ns, then one for each request
// that has ended since the last asking: its id, when it was read and when each token was written, ns from that start.
// Any other path is not found, at once.
func ServeNull(l net.Listener, ttft, itl time.Duration) error {
	s := &nullServer{base: time.Now(), ttft: ttft, itl: itl, wake: make(chan struct{}, 1)}
	over := make(chan struct{})
	defer close(over)
	go func() {
		ownThread()
		s.pace(over)
	}()
	for {
		conn, err := l.Accept()
		if err != nil {
			return err
		}
		go s.serve(conn)
	}
}

var nullTokens = regexp.MustCompile(`"max_(?:completion_)?tokens":(\d+)`)

// serve answers one connection's requests, one after the other.
func (s *nullServer) serve(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReaderSize(conn, 2048)
	for {
		req, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return
		}
		switch req.URL.Path {
		case "/v1/chat/completions":
			err = s.stream(conn, body)
		case "/v1/models":
			err = answer(conn, "200 OK", []byte(`{"data":[{"id":"null"}]}`))
		case "/truth":
			err = answer(conn, "200 OK", s.truth())
		default:
			err = answer(conn, "404 Not Found", []byte(`{"detail":"Not Found"}`))
		}
		if err != nil {
			return
		}
	}
}

// stream hands a request to the pacer and waits for its end.
func (s *nullServer) stream(conn net.Conn, body []byte) error {
	tokens := 1
	if m := nullTokens.FindSubmatch(body); m != nil {
		tokens, _ = strconv.Atoi(string(m[1]))
	}
	st := &nullStream{conn: conn, arrived: time.Since(s.base), left: max(1, tokens), done: make(chan error, 1)}
	st.at, st.wrote = st.arrived+s.ttft, make([]time.Duration, 0, st.left)
	s.mu.Lock()
	s.next++
	st.id = "null-" + strconv.Itoa(s.next)
	st.token = st.chunk(`{"content":" token"}`, "null", "")
	heap.Push(&s.due, st)
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return <-st.done
}

// nullNap is the longest that the pacer sleeps while streams run: a new one may be due before the others.
const nullNap = 500 * time.Microsecond

// pace writes every token when it is due, until over.
func (s *nullServer) pace(over <-chan struct{}) {
	for {
		wait, running := s.writeDue()
		if running {
			nap(min(wait, nullNap))
			continue
		}
		select {
		case <-s.wake:
		case <-over:
			return
		}
	}
}

// writeDue writes what is due and tells how long until the next is.
func (s *nullServer) writeDue() (wait time.Duration, running bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.due) > 0 {
		st := s.due[0]
		if wait = st.at - time.Since(s.base); wait > 0 {
			return wait, true
		}
		s.write(st)
	}
	return 0, false
}

// write sends the stream's next token, with the head before the first and the end behind the last.
func (s *nullServer) write(st *nullStream) {
	out := st.token
	if len(st.wrote) == 0 {
		out = append([]byte("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream; charset=utf-8\r\nTransfer-Encoding: "+
			"chunked\r\n\r\n"),
			st.chunk(`{"role":"assistant","content":""}`, "null", "")...)
		out = append(out, st.token...)
	}
	if st.left--; st.left == 0 {
		out = append(bytes.Clone(out),
			st.chunk(`{}`, `"length"`, fmt.Sprintf(`,"usage":{"prompt_tokens":10,"completion_tokens":%d}`, len(st.wrote)+1))...)
		out = append(out, "e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n"...)
	}
	st.wrote = append(st.wrote, time.Since(s.base))
	_, err := st.conn.Write(out)
	if st.at += s.itl; st.left > 0 && err == nil {
		heap.Fix(&s.due, 0)
		return
	}
	heap.Pop(&s.due)
	s.ended = append(s.ended, st)
	st.done <- err
}

// chunk is one event as vLLM writes it, framed for HTTP.
func (st *nullStream) chunk(delta, finish, more string) []byte {
	event := fmt.Sprintf(
		`data: {"id":"%s","object":"chat.completion.chunk","created":1,"model":"null",`+
			`"choices":[{"index":0,"delta":%s,"logprobs":null,"finish_reason":%s}]%s}`+"\n\n",
		st.id, delta, finish, more)
	return fmt.Appendf(nil, "%x\r\n%s\r\n", len(event), event)
}

func (s *nullServer) truth() []byte {
	s.mu.Lock()
	ended := s.ended
	s.ended = nil
	s.mu.Unlock()
	page := fmt.Appendf(nil, "base %d\n", s.base.UnixNano())
	for _, st := range ended {
		page = fmt.Append(page, st.id, " ", int64(st.arrived))
		for _, at := range st.wrote {
			page = strconv.AppendInt(append(page, ' '), int64(at), 10)
		}
		page = append(page, '\n')
	}
	return page
}

// answer sends a whole page.
func answer(conn net.Conn, status string, page []byte) error {
	_, err := conn.Write(append(fmt.Appendf(nil, "HTTP/1.1 %s\r\nContent-Length: %d\r\n\r\n", status, len(page)),
		page...))
	return err
}

// nullStreams is a heap by due time.
type nullStreams []*nullStream

func (h nullStreams) Len() int           { return len(h) }
func (h nullStreams) Less(i, j int) bool { return h[i].at < h[j].at }
func (h nullStreams) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push adds x, a *nullStream.
func (h *nullStreams) Push(x any) { *h = append(*h, x.(*nullStream)) }

// Pop takes the last away.
func (h *nullStreams) Pop() any {
	last := (*h)[len(*h)-1]
	*h = (*h)[:len(*h)-1]
	return last
}
