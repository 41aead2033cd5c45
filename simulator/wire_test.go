package simulator

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// recorded is the server of testdata/vllm-0.32.0, as its flags say.
func recorded() Options {
	return Options{Model: "Qwen3-1.7B", APIKey: "test", Flags: map[string]any{
		"served-model-name": "tiny-qwen3", "max-model-len": 2048, "max-num-seqs": 64, "max-num-batched-tokens": 512,
		"block-size":       128,
		"reasoning-parser": "qwen3", "enable-per-request-metrics": true, "enable-prompt-tokens-details": true,
		"enable-request-id-headers": true,
		"enable-auto-tool-choice":   true, "tool-call-parser": "hermes",
	}}
}

// said are members whose very value is compared, not only its type.
var said = []string{"object", "role", "owned_by", "finish_reason", "message.", "type", "param", "code", "error",
	"detail", "success", "is_sleeping"}

// shape writes JSON as its member names in order and the kinds of their values.
func shape(t *testing.T, raw []byte) string {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(raw))
	var out strings.Builder
	if err := walk(d, "", &out); err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	return out.String()
}

func walk(d *json.Decoder, key string, out *strings.Builder) error {
	tok, err := d.Token()
	if err != nil {
		return err
	}
	open, nested := tok.(json.Delim)
	if !nested {
		out.WriteString(kind(key, tok))
		return nil
	}
	fmt.Fprint(out, open)
	last := ""
	for d.More() {
		if open == '{' {
			name, err := d.Token()
			if err != nil {
				return err
			}
			key = name.(string)
			out.WriteString(key + ":")
		}
		var item strings.Builder
		if err := walk(d, key, &item); err != nil {
			return err
		}
		if open == '[' && item.String() == last {
			continue // lists are alike whatever their length
		}
		last = item.String()
		out.WriteString(last + ",")
	}
	tok, err = d.Token()
	fmt.Fprint(out, tok)
	return err
}

func kind(key string, tok json.Token) string {
	if slices.Contains(said, key) {
		return fmt.Sprint(tok)
	}
	switch tok.(type) {
	case nil:
		return "null"
	case bool:
		return "bool"
	case string:
		return "string"
	}
	return "number"
}

// shapes of a response: status, content type, and of a stream each kind of event once.
func shapes(t *testing.T, resp *http.Response, body []byte) (out []string) {
	out = []string{fmt.Sprint(resp.StatusCode, " ", resp.Header.Get("Content-Type"))}
	if !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event-stream") {
		if len(body) == 0 {
			return out
		}
		return append(out, shape(t, body))
	}
	for _, event := range strings.Split(string(body), "\n\n") {
		data, ok := strings.CutPrefix(event, "data: ")
		if !ok {
			continue
		}
		next := data
		if data != "[DONE]" {
			next = shape(t, []byte(data))
		}
		if !slices.Contains(out, next) {
			out = append(out, next)
		}
	}
	return out
}

// TestWire replays recorded requests and compares the shapes of the answers with vLLM's own.
func TestWire(t *testing.T) {
	files, err := filepath.Glob("testdata/vllm-0.32.0/*.request.http")
	if err != nil || len(files) < 30 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".request.http")
		t.Run(name, func(t *testing.T) {
			request, want := read(t, file), response(t, read(t, strings.TrimSuffix(file, "request.http")+"response.http"))
			w := newWorld(t, recorded())
			var raw []byte
			w.run(func() {
				conn, err := w.net.Dial("sim:80")
				if err != nil {
					t.Error(err)
					return
				}
				_, _ = conn.Write(request)
				raw, _ = io.ReadAll(conn)
			})
			got := response(t, raw)
			if name == "chat-stream-tool-auto" { // a grammar forced its end, by a token of its own
				for i := range want {
					want[i] = strings.Replace(want[i], "stop_reason:number", "stop_reason:null", 1)
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("\ngot  %s\nwant %s", strings.Join(got, "\n     "), strings.Join(want, "\n     "))
			}
		})
	}
}

func read(t *testing.T, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func response(t *testing.T, raw []byte) []string {
	t.Helper()
	resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(raw)), nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return shapes(t, resp, body)
}

// absent are the families that a real server has and this one does not.
var absent = []string{"python_gc_objects_collected_total", "python_gc_objects_uncollectable_total",
	"python_gc_collections_total", "python_info",
	"process_virtual_memory_bytes", "process_resident_memory_bytes", "process_open_fds", "process_max_fds"}

// unused are the families whose series appear with a feature that is not simulated.
var unused = []string{"vllm:tool_call_parser_invocations_total"}

// TestMetricSeries compares names, labels and bounds of /metrics with a real scrape.
func TestMetricSeries(t *testing.T) {
	w := newWorld(t, recorded())
	var page string
	w.run(func() {
		for range 3 {
			conn, err := w.net.Dial("sim:80")
			if err != nil {
				t.Error(err)
				return
			}
			_, _ = conn.Write(read(t, "testdata/vllm-0.32.0/chat-nonstream.request.http"))
			_, _ = io.ReadAll(conn)
		}
		page = w.do("GET", "/metrics", "", 0).body
	})
	got := seriesOf(page)
	for _, line := range strings.Split(
		strings.TrimSpace(string(read(t, "testdata/vllm-0.32.0/metrics-after-load.series"))), "\n") {
		name, _, _ := strings.Cut(line, " ")
		if slices.Contains(absent, name) || slices.Contains(unused, name) {
			continue
		}
		if !slices.Contains(got, line) {
			t.Errorf("missing: %s", line)
		}
		got = slices.DeleteFunc(got, func(s string) bool { return s == line })
	}
	for _, line := range got {
		t.Errorf("a real server has not: %s", line)
	}
}

// seriesOf lists each series name with its label names and bounds.
func seriesOf(page string) (out []string) {
	bounds := map[string][]string{}
	for _, line := range strings.Split(page, "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		name, _, _ := strings.Cut(line, " ")
		labels := "-"
		if at := strings.IndexByte(line, '{'); at > 0 {
			rest := line[at+1 : strings.LastIndexByte(line, '}')]
			name = line[:at]
			labels = ""
			for _, pair := range strings.Split(rest, `",`) {
				key, value, _ := strings.Cut(pair, `="`)
				labels += "," + key
				if key == "le" {
					bounds[name] = append(bounds[name], strings.TrimSuffix(value, `"`))
				}
			}
			labels = labels[1:]
		}
		if s := name + " " + labels; !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	for i, s := range out {
		name, _, _ := strings.Cut(s, " ")
		if b := bounds[name]; b != nil {
			slices.Sort(b)
			out[i] += " " + strings.Join(unique(page, name), ",")
		}
	}
	return out
}

// unique lists the bounds of a histogram in the order of the page.
func unique(page, name string) (out []string) {
	for _, line := range strings.Split(page, "\n") {
		if !strings.HasPrefix(line, name+"{") {
			continue
		}
		_, rest, _ := strings.Cut(line, `le="`)
		le, _, _ := strings.Cut(rest, `"`)
		if !slices.Contains(out, le) {
			out = append(out, le)
		}
	}
	return out
}
