package results

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// A summary is what an imported result tells of a step whose requests it does not list: sums, means and percentiles, as
// the other tool worked them out. There are no intervals, and nothing can be pooled.
type summary struct {
	Seconds      float64                       `json:"seconds"` // from the first sending to the last end
	Completed    int                           `json:"completed"`
	Failed       int                           `json:"failed,omitempty"`
	InputTokens  int                           `json:"input_tokens"`
	OutputTokens int                           `json:"output_tokens"`
	Times        map[string]map[string]float64 `json:"times"` // metric → mean, std, p50, p99 … in seconds
}

// readSummary takes the sums of a bench result.
func readSummary(data []byte) (*summary, error) {
	var all map[string]any
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, err
	}
	number := func(key string) float64 {
		v, ok := all[key].(float64)
		if !ok || v < 0 || v > 1e12 {
			return 0
		}
		return v
	}
	s := &summary{Seconds: number("duration"), Completed: int(number("completed")), Failed: int(number("failed")),
		InputTokens: int(number("total_input_tokens")), OutputTokens: int(number("total_output_tokens")),
		Times: map[string]map[string]float64{}}
	if _, told := all["failed"]; !told { // older versions
		s.Failed = max(0, int(number("num_prompts"))-s.Completed)
	}
	for _, m := range vllmMetrics {
		s.Times[m.metric] = summaryTimes(all, m.key)
	}
	_, counted := all["completed"].(float64)
	switch {
	case counted && s.Completed == 0 && s.Seconds > 0:
		return nil, fmt.Errorf("none of its %d requests was answered, so there is nothing to read: its own log says why "+
			"they failed", max(s.Failed, int(number("num_prompts"))))
	case !(s.Seconds > 0) || s.Completed == 0 || len(s.Times["ttft"]) == 0:
		return nil, errors.New("it has neither each request's values nor a summary (duration, completed, mean_ttft_ms …): " +
			"expected a result of vllm bench serve --save-result")
	}
	return s, nil
}

// summaryTimes are one metric's figures: those keys that read NAME_KEY_ms.
func summaryTimes(all map[string]any, key string) map[string]float64 {
	out := map[string]float64{}
	for name, v := range all {
		figure, ok := strings.CutSuffix(name, "_"+key+"_ms")
		ms, isNumber := v.(float64)
		if !ok || !isNumber || math.IsNaN(ms) || ms < 0 {
			continue
		}
		if figure == "median" {
			figure = "p50"
		}
		out[figure] = ms / 1000
	}
	if mean, told := out["mean"]; told && mean == 0 {
		return map[string]float64{} // what no answer had, the tool writes as 0: there is no TPOT of answers of one token
	}
	return out
}

// At is a metric's p-quantile in seconds; ok is false where the summary has none.
func (s *summary) At(metric string, p float64) (v float64, ok bool) {
	v, ok = s.Times[metric]["p"+strconv.FormatFloat(100*p, 'g', 4, 64)]
	return v, ok
}

// String says what the summary lacks.
func (s *summary) String() string {
	return fmt.Sprintf("a summary of %d requests: no request's own values, so no intervals, no checks, nothing to pool",
		s.Completed)
}
