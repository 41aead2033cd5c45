package scenarios

// Draft writes a first scenario for targets that were found somewhere, for a reader who never saw this program: the
// targets as they are, a common chat load, and what to change. from says where they were found; notes are what the
// reader must know.
func Draft(name, from string, targets []Target, notes []string) []byte {
	w := &writer{says: map[string]string{}}
	w.comment("What is asked of which servers. Written by loadgen init from "+from+".",
		"",
		"  loadgen check FILE             shows the plan, what it costs and what looks wrong; sends nothing",
		"  loadgen run FILE --simulated   rehearses it against simulated servers, without a GPU",
		"  loadgen quick FILE             asks every server one question",
		"  loadgen run FILE               measures", "")
	for _, n := range notes {
		w.comment("Note: " + n)
	}
	w.key("version", "1")
	w.key("name", plain(name))
	w.gap()
	w.draftTargets(targets)
	w.WriteString(draftLoad)
	return []byte(w.String())
}

func (w *writer) draftTargets(targets []Target) {
	w.comment("The servers. A key is never written here, only the name of the environment variable that holds it.")
	for i, t := range targets {
		if i > 0 {
			break
		}
		at := "targets." + t.Name + "."
		w.says[at+"url"] = "the server's root; /v1 and /metrics follow from it"
		w.says[at+"model"] = "as /v1/models lists it"
		w.says[at+"api_key_env"] = "export this variable before loadgen quick"
		w.says[at+"gpus"] = "device ids; targets are played one after the other"
		w.says[at+"settings"] = "the server's own flags: what advice starts from"
		w.says[at+"card"] = "what a rehearsal puts under it"
	}
	w.block("targets", func() {
		for _, t := range targets {
			w.target(t, false)
			w.at = append(w.at, t.Name)
			if _, _, known := t.Shape(); !known {
				w.comment("model_config: ./model   # directory of its config.json, for rehearsals, memory and advice: its name " +
					"tells no shape")
			}
			if t.Card == "" {
				w.comment("card: RTX 4090   # the GPU, for rehearsals; H100 when it is not given")
			}
			w.at = w.at[:len(w.at)-1]
		}
	})
}

// draftLoad is a load that most chat services can start from.
const draftLoad = `
# What is asked: classes of prompts, generated to a number of tokens. Put your own lengths here.
prompts:
  chat:
    input: {lognormal: {mean: 400, cv: 0.8, max: 4000}}    # tokens of the prompt
    output: {lognormal: {mean: 250, cv: 0.6, max: 1000}}   # tokens of the answer, exactly

# How long all of it may take, on all targets together: windows and levels are chosen for it.
within: 30m

# How much: so many requests in flight, doubled until throughput no longer rises.
load:
  - {name: sweep, concurrency: {from: 1, to: 256, factor: 2, stop: saturated}}
  # With an objective: the load that is held within it, searched between the levels above and confirmed.
  # - {name: limit, find: concurrency}

# Your latency goals, which each request must keep jointly; without them nothing is assumed.
# objective: {ttft: 1s, tpot: 50ms, attainment: 99%}
`
