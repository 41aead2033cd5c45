package capacity

// PerMillion is what a million output tokens cost at the demand, in the money of the target's price; 0: nobody told it.
func (p *Plan) PerMillion(a Answer) float64 {
	if p.Server.Target.Price <= 0 || a.Output <= 0 {
		return 0
	}
	perHour := p.Server.Target.Price * float64(p.Server.GPUs()*a.Replicas)
	return perHour / (a.Output * 3600) * 1e6
}

// JoulePerToken is what an output token took at the highest load that the run measured; 0: no power was read.
func (p *Plan) JoulePerToken() float64 {
	if p.Server.WattsAt <= 0 {
		return 0
	}
	return p.Server.Watts / p.Server.WattsAt
}

// An Assumption is what a plan takes for granted, and what breaks it.
type Assumption struct {
	Assumes string `json:"assumes"`
	Breaks  string `json:"breaks"`
}

// Assumptions are the plan's.
func (p *Plan) Assumptions() []Assumption {
	out := []Assumption{
		{"a replica serves as told by " + p.Server.Source, "another start, card, driver or version: play the demand against the servers themselves with --confirm"},
		{"all replicas are alike, and none is slow", "one that is throttled or shares its GPU: the slowest decides behind round robin"},
	}
	if p.Demand.Trace != nil {
		out = append(out, Assumption{"the traffic comes as it was recorded, in its busiest hour", "a day that is busier, or bursts of another cause"})
	} else {
		out = append(out, Assumption{"requests come one by one and independent of each other (Poisson)", "bursts: jobs that start on the hour, retries, agents. Give a recording of arrivals"})
	}
	if p.Demand.Users > 0 {
		out = append(out, Assumption{"users think as long as was told, whatever they were answered, and an answer lasts as it does alone", "slower answers slow users down, so that fewer requests come than planned"})
	}
	lengths := "lengths are those of the scenario's classes"
	if len(p.Server.Seen) > 0 {
		lengths = "lengths are those of the run's whole answers"
	}
	return append(out,
		Assumption{lengths + ", in the demand's shares", "longer prompts or answers, another model of the same name, tools that are called more often"},
		Assumption{"the balancer knows nothing of prefixes, and each replica's cache finds what the run's found", "routing by prefix finds more; more replicas find less of a prefix that is rare"},
		Assumption{"a replica that goes takes its share with it, and its requests are not sent again", "retries of what was lost are a burst at the worst time"},
	)
}
