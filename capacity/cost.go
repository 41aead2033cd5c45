package capacity

import "fmt"

// perMillion is what a million output tokens cost at the demand, in the money of the target's price; 0: nobody told it.
func (p *Plan) perMillion(a answer) float64 {
	if p.Server.Target.Price <= 0 || a.Output <= 0 {
		return 0
	}
	perHour := p.Server.Target.Price * float64(p.Server.gpus()*a.Replicas)
	return perHour / (a.Output * 3600) * 1e6
}

// joulePerToken is what an output token took at the highest load that the run measured; 0: no power was read.
func (p *Plan) joulePerToken() float64 {
	if p.Server.WattsAt <= 0 {
		return 0
	}
	return p.Server.Watts / p.Server.WattsAt
}

// An assumption is what a plan takes for granted, and what breaks it.
type assumption struct {
	Assumes string `json:"assumes"`
	Breaks  string `json:"breaks"`
}

// assumptions are the plan's.
func (p *Plan) assumptions() []assumption {
	out := []assumption{
		{fmt.Sprintf("a replica serves as told by %s", p.Server.Source), "another start, card, driver or version: play the " +
			"demand against the servers themselves with --confirm"},
		{"all replicas are alike, and none is slow", "one that is throttled or shares its GPU: the slowest decides behind " +
			"round robin"},
	}
	if p.Demand.Trace != nil {
		out = append(out, assumption{"the traffic comes as it was recorded, in its busiest hour",
			"a day that is busier, or bursts of another cause"})
	} else {
		out = append(out, assumption{"requests come one by one and independent of each other (Poisson)",
			"bursts: jobs that start on the hour, retries, agents. Give a recording of arrivals"})
	}
	if p.Demand.Users > 0 {
		out = append(out, assumption{"users think as long as was told, whatever they were answered, and an answer lasts as " +
			"it does alone", "slower answers slow users down, so that fewer requests come than planned"})
	}
	lengths := "lengths are those of the scenario's classes, in the demand's shares"
	if len(p.Server.Seen) > 0 {
		lengths = "lengths are those of the run's whole answers, in the demand's shares"
	}
	return append(out,
		assumption{lengths, "longer prompts or answers, another model of the same name, tools " +
			"that are called more often"},
		assumption{"the balancer knows nothing of prefixes, and each replica's cache finds what the run's found",
			"routing by prefix finds more; more replicas find less of a prefix that is rare"},
		assumption{"a replica that goes takes its share with it, and its requests are not sent again",
			"retries of what was lost are a burst at the worst time"},
	)
}
