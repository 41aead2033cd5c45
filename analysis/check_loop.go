package analysis

import (
	"loadgen/results"
	"loadgen/scenarios"
)

var checkLoop = check{ID: "V1", Name: "loop integrity",
	Doc: "An open loop sends at its schedule whatever is still in flight. Any send that a cap or missing sockets " +
		"delayed: invalid.",
	Remedy: "remove the cap, raise the limit of open files, or declare a closed loop",
	Judge:  judgeLoop,
}

func judgeLoop(c check, d *StepData) []results.Reason {
	if d.Meta.Step.Loop == scenarios.Open && d.Meta.Evidence.CapHits > 0 {
		return c.reason(results.Condemn, "%d sends waited for a cap or a socket: this was not an open loop",
			d.Meta.Evidence.CapHits)
	}
	return nil
}
