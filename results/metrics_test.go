package results

import (
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestEveryMetricIsComplete(t *testing.T) {
	name := regexp.MustCompile(`^[a-z][a-z0-9_]*$`)
	seen := map[string]bool{}
	for _, m := range Metrics {
		if !name.MatchString(m.Name) || seen[m.Name] {
			t.Errorf("name %q is misspelt or not alone", m.Name)
		}
		seen[m.Name] = true
		if m.Title == "" || m.Formula == "" || !strings.HasSuffix(m.Doc, ".") || strings.Count(m.Doc, ". ") > 0 {
			t.Errorf("%s: title %q, formula %q, one sentence %q", m.Name, m.Title, m.Formula, m.Doc)
		}
		if m.Log && m.Unit != "s" {
			t.Errorf("%s: a log holds times, not %q", m.Name, m.Unit)
		}
		if got := values(m, nil); len(got) != 0 {
			t.Errorf("%s of nothing: %v", m.Name, got)
		}
		values(m, []Record{{}}) // an empty record has values or not, and never panics
		if found, ok := FindMetric(m.Name); !ok || found.Name != m.Name {
			t.Errorf("%s is not found", m.Name)
		}
	}
	if _, ok := FindMetric("nonsense"); ok {
		t.Error("nonsense was found")
	}
}

// One request: due at 1 s, sent 100 ms late, first token 300 ms after due (reasoning), visible text at 320 ms, five
// tokens in four arrivals 10, 20 and 30 ms apart, ended 5 ms after the last.
func TestMetricsOfOneRequest(t *testing.T) {
	ms := time.Millisecond
	r := Record{Due: 1000 * ms, Sent: 1100 * ms, FirstToken: 1300 * ms, FirstSeen: 1320 * ms, LastToken: 1360 * ms,
		End:      1365 * ms,
		Arrivals: []Arrival{{0, 2, Reasoning}, {10 * ms, 1, Reasoning}, {20 * ms, 1, Content}, {30 * ms, 1, Content}},
		Counted:  CountedUsage, OutputTokens: 5, ReasoningTokens: 3, ReasoningTold: true, PromptTokens: 40, CachedTokens: 16,
		CachedTold: true, Events: 5,
		ServerQueue: 7 * ms, ServerFirstToken: 90 * ms, ServerGeneration: 60 * ms}
	want := map[string][]float64{
		"ttft": {0.3}, "ttft_sent": {0.2}, "ttfo": {0.32}, "itl": {0.01, 0.02, 0.03}, "tpot": {0.015}, "e2e": {0.365},
		"e2e_sent": {0.265},
		"lag":      {0.1}, "output_tokens": {5}, "reasoning_tokens": {3}, "prompt_tokens": {40}, "cached_tokens": {16},
		"tokens_per_second": {5 / 0.365}, "tokens_per_event": {1}, "server_queue": {0.007}, "server_first_token": {0.09},
		"server_generation": {0.06},
	}
	failed := r
	failed.Fault = FaultTruncated
	for _, m := range Metrics {
		if got := values(m, []Record{r}); !reflect.DeepEqual(got, want[m.Name]) {
			t.Errorf("%s: %v, want %v", m.Name, got, want[m.Name])
		}
		_, ok := m.Of(&failed)
		seen := map[string]bool{"ttft": true, "ttft_sent": true, "ttfo": true, "itl": true, "lag": true,
			"prompt_tokens": true,
			"cached_tokens": true, "server_queue": true, "server_first_token": true, "server_generation": true}[m.Name]
		if ok != seen {
			t.Errorf("%s of a truncated answer: %v, want %v", m.Name, ok, seen)
		}
	}
	untold := r
	untold.ReasoningTold, untold.CachedTold, untold.PromptTokens = false, false, 0
	for _, name := range []string{"reasoning_tokens", "cached_tokens", "prompt_tokens"} {
		if m, _ := FindMetric(name); len(values(m, []Record{untold})) != 0 {
			t.Errorf("%s is known though the server did not tell", name)
		}
	}
	hid := r
	hid.OutputTokens, hid.Hidden = 25, 20
	if d, ok := hid.TPOT(); !ok || d != 15*ms {
		t.Errorf("TPOT with 20 hidden tokens: %v, %v", d, ok)
	}
	if largest, ok := itl.Of(&r); !ok || largest != 0.03 {
		t.Errorf("the largest gap is %v, %v", largest, ok)
	}
}
