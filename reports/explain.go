package reports

import (
	"slices"
	"strings"

	"loadgen/advice"
	"loadgen/analysis"
	"loadgen/results"
)

// An explanation is the text behind an id that a verdict, an advice or a table shows.
type explanation struct {
	ID, Name, Doc, Formula, Source, Remedy string
}

func bottlenecks() (out []string) {
	for _, b := range advice.Bottlenecks {
		out = append(out, b.ID)
	}
	return out
}

// Explain finds a check, bottleneck, metric or word by id, in any case.
func Explain(id string) (explanation, bool) {
	for _, e := range explanations() {
		if strings.EqualFold(e.ID, id) {
			return e, true
		}
	}
	return explanation{}, false
}

// Explained lists every id that Explain knows.
func Explained() []string {
	var out []string
	for _, e := range explanations() {
		if !slices.Contains(out, e.ID) {
			out = append(out, e.ID)
		}
	}
	return out
}

func explanations() []explanation {
	var out []explanation
	for _, c := range analysis.Checks {
		out = append(out, explanation{ID: c.ID, Name: c.Name, Doc: c.Doc,
			Source: "docs/method.md, Checks; docs/research/measurement.md, " + c.ID, Remedy: c.Remedy})
	}
	for _, id := range analysis.Unchecked {
		out = append(out, explanation{ID: id, Name: "not checked in this version", Source: "docs/research/measurement.md, " +
			id})
	}
	for _, b := range advice.Bottlenecks {
		out = append(out, explanation{ID: b.ID, Name: "bottleneck", Doc: b.Doc, Source: "docs/method.md, Advice",
			Remedy: b.Remedy})
	}
	for _, m := range results.Metrics {
		out = append(out, explanation{ID: m.Name, Name: m.Title, Doc: m.Doc, Formula: m.Formula, Source: "docs/metrics.md"})
	}
	return append(out, words...)
}

// words are what reports show and no slice holds.
var words = []explanation{
	{ID: "N_run", Name: "requests that the engine runs at most",
		Doc:    "Where the three-regime fit holds: TPOT(N) = a + k·min(N, N_run), residuals within 3 %.",
		Source: "docs/research/measurement.md, R4.3"},
	{ID: "N*", Name: "operational knee", Doc: "N* = X_max·R_min, where the bounds X ≤ N/R_min and X ≤ X_max cross.",
		Source: "docs/research/measurement.md, R4.3"},
	{ID: "grade", Name: "how well an advice is founded", Doc: "A measured on both sides with repetitions; B arithmetic " +
		"that follows this run, inside the measured range; C extrapolated, or the arithmetic follows the run badly; D " +
		"documentation or rule of thumb.", Source: "docs/method.md, Advice"},
	{ID: "confirmed", Name: "held load, confirmed", Doc: "What load: {find: rate} ends with: in a fresh, longer step of " +
		"a search at this load the share of requests within the objective was at or above the goal, and by the line " +
		"through all steps together the load lies at most 3 % above the limit, with a probability of 97 %. So it is a load " +
		"that the limit hardly lies below, not a proof that each such hour keeps the goal: near a limit it is kept by " +
		"chance about every second time.", Formula: "share(load) ≥ goal, and load ≤ 1.03 × the 3rd percentile of the limit",
		Source: "docs/scenario.md, load", Remedy: "Not confirmed: a larger preset brings more requests."},
	{ID: "headroom", Name: "headroom", Doc: "How much more than the demand the planned replicas hold, as a share of it: " +
		"loadgen capacity plays the same arrivals faster until the objective breaks.",
		Formula: "held by all replicas ÷ demand − 1", Source: "docs/capacity.md"},
	{ID: "dispersion", Name: "index of dispersion", Doc: "How bursty arrivals are: the variance of their counts in " +
		"windows of 1, 10 or 60 s over its mean. 1 is Poisson's; above, they come in bursts of that length.",
		Formula: "var(counts) ÷ mean(counts)", Source: "docs/capacity.md"},
	{ID: "at least", Name: "the load that is claimed", Doc: "Up to here the lower 95 % bound of the share of requests " +
		"within the objective is at or above the goal. \"not proven\": at no load that was played; the limit may still lie " +
		"higher, where more requests would show it.", Formula: "lower 95 % bound of share(load) ≥ goal",
		Source: "docs/method.md, Held load", Remedy: "A larger preset, or more repetitions, brings the bound nearer."},
	{ID: "host", Name: "the machine that sends the load", Doc: "Its cores, CPU use, steal, TCP ports and clock are " +
		"watched (V3, V4): a client that cannot keep up would add to the latencies that it measures.",
		Source: "docs/method.md, Checks", Remedy: "loadgen calibrate measures what this host can carry."},
	{ID: "held load", Name: "load that keeps the objective", Doc: "The requests in flight (closed loop) or requests/s " +
		"(open loop) at which the share of requests within the objective falls below the goal, interpolated between two " +
		"levels on the probit of the share. What is claimed (\"at least\") is where the lower 95 % bound of the share does.",
		Formula: "share(load) = goal", Source: "docs/method.md, Held load"},
	{ID: "trusted", Name: "a run's verdict: no check found a fault", Doc: "trusted-with-warnings: some check warned or " +
		"withheld a number; the report names it and in how many steps.", Source: "docs/method.md, Checks"},
	{ID: "invalid", Name: "a step or run whose numbers must not be used", Doc: "A check condemned the step, or no step " +
		"of the run is left. Its numbers stay in the exports, with the verdict beside them.",
		Source: "docs/method.md, Checks", Remedy: "See the report's Checks; loadgen explain ID says what each compares and " +
			"what to do."},
	{ID: "withheld", Name: "a number that too few samples carry",
		Doc: "Shown as –. A p99 needs 1,000 requests and a window of 20 mean answers.", Source: "docs/method.md, Numbers",
		Remedy: "Measure longer, or choose a preset with more evidence."},
	{ID: "knee", Name: "concurrency from which more load brings mostly waiting",
		Doc: "N_run where the step model fits, else N* = X_max·R_min.", Source: "docs/research/measurement.md, R4.3"},
	{ID: "cohort", Name: "the requests due in the measuring window", Doc: "Latencies are of these, however late they end.",
		Source: "docs/method.md, One level"},
	{ID: "warm-up", Name: "load before the measuring window",
		Doc:    "Until the first wave has ended and one more mean answer time has passed. Records call it settle.",
		Source: "docs/method.md, One level"},
	{ID: "cool-down", Name: "load after the measuring window",
		Doc:    "Goes on, unrecorded, until the last measured request has ended. Records call it chase.",
		Source: "docs/method.md, One level"},
	{ID: "settle", Name: "warm-up, as records call it", Doc: "See warm-up.", Source: "docs/run-directory.md"},
	{ID: "chase", Name: "cool-down, as records call it", Doc: "See cool-down.", Source: "docs/run-directory.md"},
	{ID: "bottleneck", Name: "the resource of which a quarter more would raise the held load most", Doc: "One of " +
		strings.Join(bottlenecks(), ", ") + ".", Source: "docs/method.md, Advice"},
	{ID: "variant", Name: "what is compared with a baseline",
		Doc: "Another run, or another target of the same run (DIR:TARGET).", Source: "docs/method.md, Comparison"},
	{ID: "repetition", Name: "one playing of a level", Doc: "A verdict of compare needs four a side.",
		Source: "docs/method.md, Comparison"},
	{ID: "objective", Name: "latencies that a request must keep, and the share of requests that must",
		Doc: "Also called SLO. A request is within it when it keeps every clause.", Source: "docs/scenario.md"},
	{ID: "capacity", Name: "how much load a server, or how many servers a load needs",
		Doc: "The held load of one, proven by its sample, against the peak that is expected.", Source: "docs/guide.md"},
	{ID: "goodput", Name: "requests/s within the objective at one level",
		Doc:    "Requests of the measuring window that kept every clause of their objective, per second.",
		Source: "docs/metrics.md"},
	{ID: "attainment", Name: "share of requests within the objective", Doc: "Failed requests miss. The interval is " +
		"Wilson's for as many independent requests as the series' autocorrelation leaves.", Source: "docs/metrics.md"},
	{ID: "soft", Name: "a number with few samples behind it", Doc: "5 to 10 requests beyond the quantile, or a window " +
		"of 5 to 20 mean answers; with fewer it is not shown.", Source: "docs/method.md, Numbers"},
}
