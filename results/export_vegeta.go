package results

import (
	"cmp"
	"io"
	"net/http"
	"slices"
	"strconv"
	"time"

	vegeta "github.com/tsenart/vegeta/v12/lib"
)

// writeVegeta writes records as vegeta's own results (gob): `vegeta report` and `vegeta plot` read them. Each step is
// an attack of its own, in the order of due times. Latency is E2E from the due time for every request, failed ones too.
// What vegeta has no field for stands in headers named X-Loadgen-…, durations in ns.
func writeVegeta(w io.Writer, sel Selection) error {
	encode := vegeta.NewEncoder(w)
	for _, s := range sel.Steps {
		records, err := s.Records()
		if err != nil {
			return err
		}
		slices.SortStableFunc(records, func(a, b Record) int { return cmp.Compare(a.Due, b.Due) })
		for i := range records {
			r := vegetaResult(uint64(i), &records[i], sel.Run.began(s))
			r.Attack = s.Meta.Step.Name
			r.Headers.Set("X-Loadgen-N", strconv.Itoa(s.Meta.Counts.Cohort))
			r.Headers.Set("X-Loadgen-Verdict", string(s.Meta.Verdict.State))
			if err := encode(r); err != nil {
				return err
			}
		}
	}
	return nil
}

func vegetaResult(seq uint64, r *Record, started time.Time) *vegeta.Result {
	out := &vegeta.Result{
		Seq: seq, Code: uint16(r.Status), Timestamp: started.Add(r.Due), Latency: r.End - r.Due,
		Method: http.MethodPost, Headers: http.Header{},
	}
	if !r.OK() {
		out.Error = string(r.Fault) + ": " + r.Detail
	}
	out.Headers.Set("X-Loadgen-Class", r.Class)
	out.Headers.Set("X-Loadgen-Phase", r.Phase.String())
	if r.PromptTokens > 0 {
		out.Headers.Set("X-Loadgen-Prompt-Tokens", strconv.Itoa(int(r.PromptTokens)))
	}
	out.Headers.Set("X-Loadgen-Output-Tokens", strconv.Itoa(int(r.OutputTokens)))
	for name, of := range map[string]func(*Record) (time.Duration, bool){"Ttft": (*Record).TTFT, "Ttfo": (*Record).TTFO,
		"Tpot": (*Record).TPOT} {
		if d, ok := of(r); ok {
			out.Headers.Set("X-Loadgen-"+name+"-Ns", strconv.FormatInt(int64(d), 10))
		}
	}
	return out
}
