package analysis

import (
	"loadgen/results"
	"loadgen/stat"
)

// A split is where the time of a level's whole answers went, means in seconds over the requests of which the server
// told its own timings (--enable-per-request-metrics). Its parts add up to E2E: durations of two clocks are added,
// never their stamps.
type split struct {
	N        int
	Wait     float64 // due → sent: ours
	Send     float64 // sent → written: connecting and handing the request to the kernel
	Queue    float64 // the server's: arrived → scheduled
	Prefill  float64 // the server's: scheduled → first token
	FrontEnd float64 // residual of written → first token: network, HTTP, tokenising, detokenising
	Decode   float64 // the server's: first → last token
	// residual of first → last token as we saw them; negative: ours came closer together than the server's
	Stream float64
	Close  float64 // last token → end of the stream
	E2E    float64
}

// splitOf takes the cohort's whole answers that have server timings.
func splitOf(cohort requests) split {
	var s split
	cohort = cohort.some(cohort.where(func(r *results.Record) bool {
		return r.OK() && r.ServerFirstToken > 0 && r.Written > 0 && r.FirstToken > 0
	}))
	s.N = cohort.n
	mean := func(of func(*results.Record) float64) float64 {
		return stat.Mean(cohort.valuesOf(results.Metric{Of: func(r *results.Record) (float64, bool) { return of(r), true }}))
	}
	s.Wait = mean(func(r *results.Record) float64 { return (r.Sent - r.Due).Seconds() })
	s.Send = mean(func(r *results.Record) float64 { return (r.Written - r.Sent).Seconds() })
	s.Queue = mean(func(r *results.Record) float64 { return r.ServerQueue.Seconds() })
	s.Prefill = mean(func(r *results.Record) float64 { return r.ServerFirstToken.Seconds() })
	s.FrontEnd = mean(func(r *results.Record) float64 {
		return (r.FirstToken - r.Written - r.ServerQueue - r.ServerFirstToken).Seconds()
	})
	s.Decode = mean(func(r *results.Record) float64 { return r.ServerGeneration.Seconds() })
	s.Stream = mean(func(r *results.Record) float64 { return (r.LastToken - r.FirstToken - r.ServerGeneration).Seconds() })
	s.Close = mean(func(r *results.Record) float64 { return (r.End - r.LastToken).Seconds() })
	s.E2E = mean(func(r *results.Record) float64 { return (r.End - r.Due).Seconds() })
	return s
}
