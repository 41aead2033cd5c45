package reports

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"loadgen/advice"
	"loadgen/analysis"
	"loadgen/locale"
	"loadgen/results"
)

// An explanation is the text behind an id that a verdict, an advice or a table shows.
type explanation struct {
	ID, Name, Doc, Formula, Source, Remedy string

	Also []string // other words for it, which reports print too
}

// isCalled reports whether a word is one for it, in any case, in English or in the French of reports.
func (e explanation) isCalled(word string) bool {
	return slices.ContainsFunc(append([]string{e.ID}, e.Also...), func(name string) bool {
		return strings.EqualFold(name, word) || strings.EqualFold(locale.French.Words(name), word)
	})
}

func bottlenecks() (out []string) {
	for _, b := range advice.Bottlenecks {
		out = append(out, b.ID)
	}
	return out
}

// levelName is a level as reports name it, before what it was played for: "n66 to confirm".
var levelName = regexp.MustCompile(`^(n\d+|[\d.,]+/s)( |$)`)

// Explain finds a check, bottleneck, metric or word as reports print it: in any case, one or several, "TTFT p99",
// "n66 to confirm".
func Explain(id string) (explanation, bool) {
	all := explanations()
	if levelName.MatchString(id) {
		id = cmp.Or(levelName.ReplaceAllString(id, ""), "level")
	}
	of := quantile.ReplaceAllString(id, "")
	for _, word := range []string{id, of, strings.TrimSuffix(of, "s")} {
		if i := slices.IndexFunc(all, func(e explanation) bool { return e.isCalled(word) }); i >= 0 {
			return all[i], true
		}
	}
	return explanation{}, false
}

// Explained lists every id that Explain knows.
func Explained() []string {
	var out []string
	for _, e := range explanations() {
		for _, name := range append([]string{e.ID}, e.Also...) {
			if !slices.Contains(out, name) {
				out = append(out, name)
			}
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
	{ID: "grade", Name: "how well an advice is founded",
		Doc: "A measured on both sides with repetitions; B arithmetic " +
			"that follows this run, inside the measured range; C extrapolated, or the arithmetic follows the run badly; D " +
			"documentation or rule of thumb.", Source: "docs/method.md, Advice", Also: []string{"A", "B", "C", "D"}},
	{ID: "confirmed", Name: "held load, confirmed",
		Doc: "What load: {find: rate} ends with: in a fresh, longer step of " +
			"a search at this load, or above it, the share of requests within the objective was at or above the goal, and by " +
			"the line through all steps together the load lies at most 3 % above the limit, with a probability of 97 %. So " +
			"it is a load that the limit hardly lies below, not a proof that each such hour keeps the goal: near a limit it " +
			"is kept by chance about every second time.",
		Formula: "share of a step at the load or above ≥ goal, and load ≤ 1.03 × the 3rd percentile of the limit",
		Source:  "docs/scenario.md, load", Remedy: "Not confirmed: a larger preset brings more requests."},
	{ID: "headroom", Name: "headroom",
		Doc: "How much more than the demand the planned replicas hold, as a share of it: " +
			"loadgen capacity plays the same arrivals faster until the objective breaks.",
		Formula: "held by all replicas ÷ demand − 1", Source: "docs/capacity.md"},
	{ID: "dispersion", Name: "index of dispersion", Doc: "How bursty arrivals are: the variance of their counts in " +
		"windows of 1, 10 or 60 s over its mean. 1 is Poisson's; above, they come in bursts of that length.",
		Formula: "var(counts) ÷ mean(counts)", Source: "docs/capacity.md"},
	{ID: "at least", Name: "the load that is claimed",
		Doc: "Of given levels: up to here the lower 95 % bound of the share of requests within the objective is at or " +
			"above " +
			"the goal. Of a search: what a fresh step confirmed, at most 3 % above the limit with 97 % confidence (explain " +
			"confirmed). \"not proven\": no load that was played; the limit may still lie higher, where more requests would " +
			"show it.",
		Formula: "lower 95 % bound of share(load) ≥ goal; of a search load ≤ 1.03 × the 3rd percentile of the limit",
		Source:  "docs/method.md, Held load", Remedy: "A larger preset, or more repetitions, brings the bound nearer.",
		Also: []string{"not proven", "proven", "claimed"}},
	{ID: "host", Name: "the machine that sends the load", Doc: "Its cores, CPU use, steal, TCP ports and clock are " +
		"watched (V3, V4): a client that cannot keep up would add to the latencies that it measures.",
		Source: "docs/method.md, Checks", Remedy: "loadgen calibrate measures what this host can carry."},
	{ID: "held load", Name: "load that keeps the objective", Also: []string{"held"},
		Doc: "The requests in flight (closed loop) or requests/s " +
			"(open loop) at which the share of requests within the objective falls below the goal: interpolated between two " +
			"levels on the probit of the share, or on a line through all steps of a search, or by the step model where it " +
			"follows " +
			"the run. What is claimed of it is \"at least\".",
		Formula: "share(load) = goal", Source: "docs/method.md, Held load"},
	{ID: "trusted", Name: "a run's verdict: no check found a fault",
		Doc: "trusted-with-warnings: some check warned or " +
			"withheld a number; the report names it and in how many steps.", Source: "docs/method.md, Checks",
		Also: []string{"trusted-with-warnings", "warnings", "warn", "verdict"}},
	{ID: "invalid", Name: "a step or run whose numbers must not be used",
		Doc: "A check condemned the step, or no step " +
			"of the run is left. Its numbers stay in the exports, with the verdict beside them.",
		Source: "docs/method.md, Checks", Remedy: "See the report's Checks; loadgen explain ID says what each compares and " +
			"what to do."},
	{ID: "withheld", Name: "a number that too few samples carry",
		Doc: "Shown as –. A p99 needs 1,000 requests and a window of 20 mean answers.", Source: "docs/method.md, Numbers",
		Remedy: "Measure longer, or choose a preset with more evidence.", Also: []string{"withhold"}},
	{ID: "knee", Name: "concurrency from which more load brings mostly waiting",
		Doc: "N_run where the step model fits, else N* = X_max·R_min.", Source: "docs/research/measurement.md, R4.3"},
	{ID: "cohort", Name: "the requests due in the measuring window",
		Doc:    "Latencies are of these, however late they end.",
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
		Doc:    "Another run, or another target of the same run (DIR:TARGET). Ratios are variant ÷ baseline.",
		Source: "docs/method.md, Comparison", Also: []string{"baseline", "ratio"}},
	{ID: "repetition", Name: "one playing of a level", Doc: "A verdict of compare needs four a side.",
		Source: "docs/method.md, Comparison"},
	{ID: "objective", Name: "latencies that a request must keep, and the share of requests that must",
		Doc:    "Also called SLO. A request is within it when it keeps every clause. The goal is the share that must.",
		Source: "docs/scenario.md", Also: []string{"goal", "SLO"}},
	{ID: "capacity", Name: "how much load a server, or how many servers a load needs",
		Doc: "The held load of one, proven by its sample, against the peak that is expected.", Source: "docs/guide.md"},
	{ID: "goodput", Name: "requests/s within the objective at one level",
		Doc:    "Requests of the measuring window that kept every clause of their objective, per second.",
		Source: "docs/metrics.md"},
	{ID: "attainment", Name: "share of requests within the objective", Doc: "Failed requests miss. The interval is " +
		"Wilson's for as many independent requests as the series' autocorrelation leaves.", Source: "docs/metrics.md",
		Also: []string{"within objective"}},
	{ID: "soft", Name: "a number with few samples behind it",
		Doc: "5 to 10 requests beyond the quantile, or a window " +
			"of 5 to 20 mean answers; with fewer it is not shown.", Source: "docs/method.md, Numbers",
		Also: []string{"few samples", "uncertain"}},
	{ID: "better", Name: "a verdict of compare: the variant differs beyond chance, and by enough to matter",
		Doc: "Better or worse: chance is excluded at 5 % over all targets (Holm), and the ratio is at least 5 % off. " +
			"Mixed: what decides disagrees.", Source: "docs/method.md, Comparison", Also: []string{"worse", "mixed"}},
	{ID: "equivalent", Name: "a verdict of compare: any difference is too small to matter",
		Doc: "The whole interval of the ratio lies within 5 % of 1.", Source: "docs/method.md, Comparison"},
	{ID: "inconclusive", Name: "a verdict of compare: neither a difference nor its absence is shown",
		Doc: "The interval of what decides holds both a difference that matters and none, or there are too few starts or " +
			"repetitions. compare then ends with exit code 5. Of one number that does not decide it is \"no difference shown\".",
		Source: "docs/method.md, Comparison", Remedy: "Play more repetitions, better on several starts of each server.",
		Also: []string{"no difference shown"}},
	{ID: "start", Name: "one start of a server, from launch to stop",
		Doc: "Two starts of one server with the same settings differ, by some 3 % in throughput and twice that in tails, " +
			"which repetitions on one start do not show. A comparison's intervals hold it.",
		Source: "docs/method.md, Comparison",
		Remedy: "Start each side's server three times and run on each: what starts differ by is then measured."},
	{ID: "step model", Name: "the engine, iteration by iteration, by the coefficients of its card or of this run",
		Doc: "A replay of the requests through vLLM's scheduler in virtual time: what an iteration lasts follows from the " +
			"tokens and the KV cache that it reads. Calibrated to a run's own levels it says what lies between them and what " +
			"another setting would do; where it does not follow the run it is not used.", Source: "docs/simulator.md"},
	{ID: "probit", Name: "the scale on which shares are interpolated",
		Doc: "The normal deviate of a share: 0 at 50 %, 1.28 at 90 %, 2.33 at 99 %. On it the share within the objective " +
			"is nearly a line over the logarithm of the load.", Formula: "Φ⁻¹(share)", Source: "docs/method.md, Held load"},
	{ID: "round robin", Name: "a balancer that gives each request to the next replica in turn",
		Doc:    "It does not see how much a replica has to do: the slowest one decides.",
		Source: "docs/capacity.md", Also: []string{"balancer"}},
	{ID: "least requests", Name: "a balancer that gives each request to the replica with the fewest in flight",
		Doc:    "It evens out long answers and slow replicas, and so mostly needs fewer replicas than round robin.",
		Source: "docs/capacity.md"},
	{ID: "replica", Name: "one of several alike servers behind a balancer",
		Doc: "capacity counts how many hold a demand, also with any one of them gone.", Source: "docs/capacity.md"},
	{ID: "level", Name: "how much load a step plays",
		Doc:    "n16 is a closed loop with 16 requests in flight; 4/s an open loop with four requests a second on average.",
		Source: "docs/method.md, Loads", Also: []string{"closed loop", "open loop", "loop"}},
	{ID: "ladder", Name: "levels that are given, from low to high",
		Doc: "Such as concurrency: {from: 1, to: 256, factor: 2}: what a curve is drawn through. The held load is read " +
			"between two of them.", Source: "docs/scenario.md, load", Also: []string{"sweep", "load sweep"}},
	{ID: "search", Name: "load: {find: rate} or {find: concurrency}: which load is held is looked for, step by step",
		Doc: "Short steps bracket the held load, some near it tell where it is, and fresh longer ones confirm it. Behind a " +
			"ladder it begins between the ladder's levels. Each step goes by what was seen before, so how many come is not " +
			"known; --within bounds their time.", Source: "docs/scenario.md, load; docs/method.md, Held load",
		Also: []string{"find", "find rate", "find concurrency"}},
	{ID: "to confirm", Name: "a step by which a search confirms a load",
		Doc: "Fresh, and longer than those that show the way: only its own requests decide whether the load keeps the " +
			"goal, " +
			"since the others were chosen by what they showed. n66 to confirm was played for that, and may have fallen short.",
		Source: "docs/method.md, Held load", Also: []string{"confirms"}},
	{ID: "line through all", Name: "the share within the objective over the load, by all steps of a search",
		Doc: "The probit of the share is nearly a line over the logarithm of the load; steps far from where it crosses the " +
			"goal weigh less. Where it crosses is the held load. The step model's word is weighed in where it follows the run.",
		Formula: "share(load) = goal", Source: "docs/method.md, Held load", Also: []string{"all steps together"}},
	{ID: "limit not reached", Name: "the highest load that was played still keeps the goal",
		Doc:    "≥ 8 req/s, limit not reached: more may be held, and nothing above was played.",
		Source: "docs/method.md, Held load", Remedy: "Add higher levels, or search: load: {find: rate}."},
	{ID: "quantile", Name: "the value that such a share of requests stays at or below",
		Doc: "p50 is the median; of 100 requests one is above p99. Shown only where enough requests lie beyond it: a p99 " +
			"needs " +
			"1,000. Of several levels or repetitions none is averaged: a quantile is taken over all their requests.",
		Formula: "x_(⌈np⌉) of the measured requests", Source: "docs/method.md, Numbers",
		Also: []string{"p50", "p90", "p95", "p99", "p99.9", "percentile", "median", "up to"}},
	{ID: "in flight", Name: "requests that were sent and are not yet answered",
		Doc:    "In a closed loop as many as the level says; in an open loop as many as come and wait.",
		Source: "docs/method.md, Loads", Also: []string{"concurrency"}},
	{ID: "overloaded", Name: "an open loop's level at which more requests come than are answered",
		Doc:    "The server's queue grows as long as the load lasts, so latencies tell how long that was.",
		Source: "docs/method.md, Loads"},
	{ID: "preset", Name: "how much evidence each level brings", Doc: "quick, default, standard or report: the least " +
		"window, " +
		"requests and repetitions of a level.", Source: "docs/scenario.md", Remedy: "loadgen check tells what each would " +
		"take."},
	{ID: "scenario", Name: "what is asked of which servers: targets, prompts, load and objective",
		Doc: "The YAML file that run plays.", Source: "docs/scenario.md", Also: []string{"phase"}},
	{ID: "run", Name: "one playing of a scenario, kept in a run directory",
		Doc:    "A planned step of it is a level and repetition of a target, or a search.",
		Source: "docs/run-directory.md", Also: []string{"run directory"}},
	{ID: "trade-off", Name: "a change that makes one number better and another worse",
		Doc: "Not advised: which of them counts more is not told by an objective.", Source: "docs/method.md, Advice",
		Also: []string{"trade-off, not advised"}},
	{ID: "keep", Name: "a setting that nothing in this run speaks against",
		Doc:    "Another value gains nothing that is sure, or what it gains elsewhere it costs.",
		Source: "docs/method.md, Advice", Also: []string{"no advice"}},
	{ID: "evidence", Name: "what an advice or a verdict rests on",
		Doc:    "Of advice: what was measured and replayed. Of compare: server starts and repetitions a side.",
		Source: "docs/method.md, Advice; docs/method.md, Comparison"},
	{ID: "not examined", Name: "a setting that this run cannot tell about",
		Doc: "It needs a run of its own: the same load with another value, then compare.", Source: "docs/method.md, Advice"},
	{ID: "not comparable", Name: "a level that compare leaves out",
		Doc:    "The two sides were asked for something else there, or one has no valid step; the reason stands beside it.",
		Source: "docs/method.md, Comparison"},
	{ID: "pace", Name: "output tokens per second of one user", Doc: "1 ÷ TPOT p50. At a given pace servers are " +
		"compared by " +
		"what they serve per GPU.", Source: "docs/method.md, Comparison"},
	{ID: "simulated", Name: "played against simulated servers, in virtual time",
		Doc:    "No server, network or GPU was measured: the numbers are those of the simulator's model.",
		Source: "docs/simulator.md", Also: []string{"SIMULATED, virtual time", "rehearsal"}},
	{ID: "preemption", Name: "a running request is put back into the queue since the KV cache is full",
		Doc:    "What it had computed is computed again.",
		Source: "docs/figures.md, Inside the server"},
	{ID: "step", Name: "one playing of one level against one target",
		Doc: "Warm-up, measuring window and cool-down; each " +
			"has a verdict of its own.", Source: "docs/method.md, One level"},
	{ID: "running", Name: "requests in the engine's batch", Doc: "Mean over the measuring window, from the server's " +
		"/metrics; at most max-num-seqs.", Source: "docs/figures.md, Inside the server"},
	{ID: "waiting", Name: "requests in the engine's queue", Doc: "Mean over the measuring window, from the server's " +
		"/metrics. Where they wait, TTFT is mostly their wait.", Source: "docs/figures.md, Inside the server",
		Also: []string{"queue"}},
	{ID: "KV cache", Name: "keys and values of the tokens that requests hold on the GPU",
		Doc: "KV is the share of the " +
			"server's pool that live requests hold. Where it is full, requests wait or are preempted.",
		Source: "docs/figures.md, Inside the server", Also: []string{"KV"}},
	{ID: "prefill", Name: "the work on a prompt before its first token", Doc: "Compute-bound, in chunks of " +
		"max-num-batched-tokens; what comes after is decode, a token an iteration for each running request.",
		Source: "docs/simulator.md", Also: []string{"decode"}},
	{ID: "iteration", Name: "one step of the engine: a token for each running request, and chunks of prompts",
		Doc:    "What it takes grows with the requests, the prompt tokens and the KV cache that it reads.",
		Source: "docs/simulator.md"},
	{ID: "tok/s", Name: "output tokens per second",
		Doc: "Of all requests at a level unless said otherwise. Per GPU: divided " +
			"by the target's GPUs. Of one request: its output tokens ÷ its E2E. Of one user: 1 ÷ TPOT p50.",
		Source: "docs/metrics.md"},
	{ID: "req/s", Name: "requests per second", Doc: "Answered, of all requests at a level.", Source: "docs/metrics.md"},
	{ID: "latency", Name: "E2E: from when a request was due until its answer is whole",
		Doc: "A user waits for this where " +
			"answers are not streamed.", Source: "docs/metrics.md", Also: []string{"mean latency", "mean response time"}},
	{ID: "what breaks first", Name: "the first level beyond the held load, and the clause that most of its requests miss",
		Doc: "A request may miss several clauses.", Source: "docs/method.md, Held load"},
	{ID: "API server", Name: "vLLM's process in front of the engine",
		Doc: "It takes HTTP requests, tokenises prompts and " +
			"streams answers. In the table of where a request's time went it is what is left from the last byte sent to our " +
			"first token; beside the server's histograms, how many cores it keeps busy.",
		Source: "docs/research/measurement.md", Also: []string{"front end"}},
	{ID: "split", Name: "where a request's time went",
		Doc: "wait: from due to sent. send: until the last byte was written. " +
			"queue and prefill: by the server's own timings. stream: what first to last token took longer than the server's " +
			"decode. close: from the last token to the end. They add up to E2E.", Source: "docs/metrics.md",
		Also: []string{"wait", "send", "stream", "close"}},
	{ID: "target", Name: "what is loaded: an address, a model and how it runs",
		Doc: "Also called endpoint; one server, or " +
			"several alike behind one address.", Source: "docs/scenario.md", Also: []string{"endpoint"}},
	{ID: "n", Name: "how many measured requests or samples a number rests on",
		Doc: "In n16 it is 16 requests in flight: " +
			"see level.", Source: "docs/method.md, Numbers"},
	{ID: "check", Name: "one of V1 to V20: may the numbers of a step be trusted?",
		Doc: "Each warns, withholds a number or " +
			"condemns the step; loadgen explain V13 says what that one compares.", Source: "docs/method.md, Checks",
		Also: []string{"finding"}},
	{ID: "not checked", Name: "a check that had nothing to look at",
		Doc: "Such as the server's queue where it shows no " +
			"/metrics: neither a pass nor a fault.", Source: "docs/method.md, Checks"},
}
