package advice

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"loadgen/analysis"
	"loadgen/scenarios"
	"loadgen/vllm"
)

// noBottleneck is from below which gain relieving a resource by a quarter says that it holds nothing back.
const noBottleneck = 1.02

// tie is within which gain two resources are held to be equal.
const tie = 0.02

// farther is from which gain on the advised change tells what holds a server back: of 45 worlds in which it moved a
// cliff and brought less, a quarter more of the best resource was the better word in six, and in none the worse
// (docs/studies.md).
const farther = 3

// describe says where the objective breaks, or that it does not or cannot be met.
func (a *Advice) describe(c *calibration, held capacity) {
	h := a.Held
	switch h.State {
	case analysis.HeldNot:
		a.Says = fmt.Sprintf("no objective is given: settings are judged by tokens/s at %s", a.At)
	case analysis.HeldNone:
		a.At = h.Above.Label
		a.Says = fmt.Sprintf("the objective cannot be met: at %s, the lowest load played, %.3g %% of the requests keep it "+
			"and %.3g %% are asked for", h.Above.Label, 100*h.Above.Attainment.Value, 100*h.Goal)
		if !held.none {
			a.Says += "; the load that could be held lies below"
		}
	case analysis.HeldAtLeast:
		a.Says = fmt.Sprintf("the objective is met up to %s, the highest load played", h.Below.Label)
	case analysis.Held:
		a.At = h.Above.Label
		a.Says = fmt.Sprintf("the objective breaks between %s and %s", h.Below.Label, h.Above.Label)
		if h.Value < h.Below.Level || h.Value > h.Above.Level { // a search reads it off the line through all its steps
			a.Says = fmt.Sprintf("the objective breaks around %s, by the line through all steps; %s is the first that did not "+
				"keep it", rounded(h.Value), h.Above.Label)
		}
	}
	if p := h.Above; p != nil && len(p.Missed) > 0 {
		a.Says += fmt.Sprintf(": at %s %s is too long in %.3g %% of the requests", p.Label, p.Missed[0].Clause,
			100*p.Missed[0].Share)
		if analysis.Together(p.Missed, h.Goal) {
			a.Says += fmt.Sprintf(", some limit in %.3g %%", 100*(1-p.Attainment.Value))
		}
	}
	a.evidence(c)
}

// evidence are the server's own readings at the level that decides, and how near the arithmetic comes to the run.
func (a *Advice) evidence(c *calibration) {
	for _, p := range c.levels {
		if p.Label != a.At || !p.Server.Known {
			continue
		}
		f := p.Server
		line := fmt.Sprintf("at %s: %s running, %s waiting on average", p.Label, rounded(f.Running), rounded(f.Waiting))
		if f.KVKnown {
			line += fmt.Sprintf(", KV pool %s %% used, %s %% at most", rounded(100*f.KV), rounded(100*f.KVMax))
		}
		a.Because = append(a.Because, line)
	}
	a.Because = append(a.Because, fmt.Sprintf("the step model, calibrated to this run's %d levels, is off by %.2g times "+
		"what was expected of it", len(c.levels), c.posterior.Spread))
}

// bottleneck names the resource of which a quarter more would raise the yardstick most; where the advised change brings
// several times what is held, or a quarter more of the limit that it moves gives as much as the best, that cliff.
// Compute that a lower budget relieves is told as what it does to answers: prompts in large steps stall them.
func (a *Advice) bottleneck(y yardstick, c *calibration, m *model, base float64, held capacity) {
	a.Bottleneck = "none"
	if held.open || base <= 0 {
		return
	}
	gains := make([]float64, len(resources))
	each(len(resources), func(i int) {
		v, _ := y.value(resources[i].relieve(m))
		gains[i] = v / base
	})
	y.weigh(c, gains)
	a.attribute(gains, y.goal == 0)
}

// rivals is within which gain of the best another resource may be what holds the server back: replays of some hundred
// requests, and the coefficients that a run leaves open, scatter that much.
const rivals = 0.06

// weigh replaces the gains of resources that come near the best one that can be named by their geometric means over
// that and the models that the run leaves open.
func (y yardstick) weigh(c *calibration, gains []float64) {
	near := nearBest(gains)
	if len(near) < 2 {
		return
	}
	models := c.drawn(y.goal)
	logs := make([][]float64, len(models))
	each(len(models), func(d int) {
		base, held := y.value(models[d])
		inside := y
		inside.guess = cmp.Or(held.load, y.guess)
		for _, i := range near {
			v, _ := inside.value(resources[i].relieve(models[d]))
			logs[d] = append(logs[d], effect(v, base))
		}
	})
	for k, i := range near {
		sum := math.Log(gains[i])
		for _, l := range logs {
			sum += l[k]
		}
		gains[i] = math.Exp(sum / float64(1+len(logs)))
	}
}

// nearBest are the resources that come near the best one that can be named; none where that holds nothing back.
func nearBest(gains []float64) (near []int) {
	best := 0.
	for i, g := range gains {
		if resources[i].binding != hostOverhead {
			best = math.Max(best, g)
		}
	}
	for i, g := range gains {
		if resources[i].binding != hostOverhead && best >= noBottleneck && g > best-rivals {
			near = append(near, i)
		}
	}
	return near
}

// attribute names what holds the server back, from what each of the resources would give.
func (a *Advice) attribute(gains []float64, aimless bool) {
	best := -1
	for i, g := range gains {
		if resources[i].binding != hostOverhead && (best < 0 || g > gains[best]+tie/2) {
			best = i
		}
	}
	switch says := a.busyFrontEnd(); {
	case says != "":
		a.Bottleneck = "front-end"
		a.Because = append(a.Because, says)
	case a.moves(gains, gains[best]):
		a.Bottleneck = a.cliff()
	case aimless && a.rising():
		a.Because = append(a.Because, "throughput still rose at the highest load played")
	case gains[best] >= noBottleneck:
		a.Bottleneck = resources[best].binding
		if a.Bottleneck == "compute" && a.lowersBudget() {
			a.Bottleneck = "prefill-interference"
		}
	}
	told := func(i int) bool {
		return a.Bottleneck != "none" && gains[i] >= noBottleneck && (i == best || resources[i].binding == a.Bottleneck)
	}
	for i, r := range resources {
		if told(i) {
			a.Because = append(a.Because, fmt.Sprintf("%s would give %s", r.says, r.gives(gains[i])))
		}
	}
	if a.beyond(gains[best]) {
		a.Because = append(a.Because, "the advised change brings more than a quarter more of any resource would")
	}
	for i, g := range gains {
		if resources[i].binding != a.Bottleneck && !told(i) {
			a.Examined = append(a.Examined, fmt.Sprintf("%s: %s would give %s", resources[i].binding, resources[i].says,
				resources[i].gives(g)))
		}
	}
}

// rising reports whether throughput still rose at the highest level, without a queue: more load is what is missing.
func (a *Advice) rising() bool {
	points := a.Target.Closed()
	if len(points) < 2 {
		return false
	}
	last := points[len(points)-1]
	return analysis.PlateauStart(points) == last && !last.Queued()
}

// beyond reports whether what is advised brings more than a gain does.
func (a *Advice) beyond(gain float64) bool {
	return len(a.Changes) > 0 && a.Changes[0].Effect.Ratio > gain+tie
}

// moves reports whether the advised change moves a cliff that holds the server back: it brings several times what is
// held, or a quarter more of what it gives brings as much as of anything.
func (a *Advice) moves(gains []float64, best float64) bool {
	if len(a.Changes) == 0 || a.cliff() == "" {
		return false
	}
	given := slices.IndexFunc(resources, func(r resource) bool { return r.binding == a.cliff() })
	return a.beyond(farther) || gains[given] >= math.Max(best-tie, noBottleneck)
}

// cliff is the limit that the advised change moves: memory, prompts in large steps, or max-num-seqs where requests wait
// for it; empty where it is none of them.
func (a *Advice) cliff() string {
	waits := slices.ContainsFunc(a.Target.Points, func(p *analysis.Point) bool { return p.Label == a.At && p.Queued() })
	switch c := a.Changes[0]; {
	case c.Flag == vllm.GPUMemoryUtilization:
		return "kv-memory"
	case c.lowersBudget():
		return "prefill-interference"
	case c.Flag == vllm.MaxNumSeqs && !c.lower && waits:
		return "max-num-seqs"
	}
	return ""
}

func (a *Advice) lowersBudget() bool {
	return slices.ContainsFunc(a.Changes, Change.lowersBudget)
}

func (c Change) lowersBudget() bool { return c.Flag == vllm.MaxNumBatchedTokens && c.lower }

// busyFront is from which share of its one core a Python process is the limit of what it serves.
const busyFront = 0.9

// busyFrontEnd reports whether the API server's own CPU counter shows it at its limit where the load that matters was
// played.
func (a *Advice) busyFrontEnd() string {
	servers, told := a.Target.Settings.Int(vllm.APIServerCount)
	if !told {
		servers = 1
	}
	for _, p := range a.Target.Points {
		if cores := p.Server.FrontEnd; p.Label == a.At && p.Trusted() && cores >= busyFront*float64(servers) {
			return fmt.Sprintf("at %s the API server's process used %s cores of the %d that %d of them can use", p.Label,
				rounded(cores), servers, servers)
		}
	}
	return ""
}

// misfit is from which spread of the residuals on a model is not followed closely.
const misfit = 2

// grade is B where the model follows the run, levels lie on both sides of the held load and its coefficients were
// measured on this card for this quantisation, else C.
func (c *calibration) grade(a *Advice) analysis.Grade {
	switch m := c.machine; {
	case a.hopeless():
		a.Lift = "an objective that one request alone can keep"
	case !m.Measured():
		a.Lift = fmt.Sprintf("nobody timed %s on the %s: simulate --fit from one short run, or play the advised setting and "+
			"compare", m.What(), m.Card.Name)
	case c.posterior.Spread > misfit:
		a.Lift = "the step model does not follow this run closely: play the advised setting and compare"
	case len(c.levels) < 3:
		a.Lift = "three levels of load at least, around where the objective breaks"
	case a.Held.Known() && a.Held.State != analysis.Held:
		a.Lift = "levels on both sides of where the objective breaks"
	default:
		a.Lift = "grade A: play the advised setting, four repetitions or more, and compare"
		return analysis.GradeB
	}
	return analysis.GradeC
}

// hopeless reports whether a request by itself misses the objective, or none at all kept it where least was asked of
// the server.
func (a *Advice) hopeless() bool {
	h := a.Held
	return h.State == analysis.HeldNone && (h.Above.Attainment.Value == 0 ||
		h.Loop != scenarios.Open && h.Above.Level <= 1)
}
