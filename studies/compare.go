package studies

import (
	"fmt"
	"math"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"time"

	"loadgen/advice"
	"loadgen/analysis"
	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/simulator/machine"
)

// startsApart is the deviation of the logarithm by which two starts of one server differ from their mean.
const startsApart = 0.028

// A side is how one half of a comparison is played: by so many starts of its server, each level so often on each.
type side struct {
	starts, repetitions int
	faster              float64 // than the deployment's own world
}

// play plays a side into a directory, and reads it as compare does.
func (s side) play(d deployment, dir string, seed uint64) (*analysis.Study, error) {
	rng := rand.New(rand.NewPCG(seed, d.Scenario.Seed))
	d.YAML = strings.Replace(d.YAML, "load: {", fmt.Sprintf("load: {repeat: %d, ", s.repetitions), 1)
	var err error
	if d.Scenario, err = scenarios.Parse("study.yaml", []byte(d.YAML)); err != nil {
		return nil, err
	}
	own := d.World.Profile
	var runs []*results.Run
	for start := range s.starts {
		d.World.Profile = quicker(own, s.faster*math.Exp(startsApart*rng.NormFloat64()))
		at := filepath.Join(dir, fmt.Sprint(start))
		if _, err := d.play(at, 0); err != nil {
			return nil, err
		}
		run, err := results.Open(runIn(at, 0))
		if err != nil {
			return nil, err
		}
		runs = append(runs, run)
	}
	whole := filepath.Join(dir, "merged")
	if err := results.Merge(whole, runs); err != nil {
		return nil, err
	}
	out, err := analysed(whole)
	if err != nil {
		return nil, err
	}
	s.tell(out)
	advice.Read(out)
	return out, nil
}

// tell numbers the starts of what was merged: servers in virtual time all begin at one instant.
func (s side) tell(study *analysis.Study) {
	for _, p := range study.Targets[0].Points {
		for k, r := range p.Repetitions {
			r.Server.Start = float64(1 + k/s.repetitions)
		}
	}
}

// quicker is a server that does everything so many times as fast.
func quicker(p machine.Profile, by float64) machine.Profile {
	shares, times := coefficients(&p)
	for _, share := range shares {
		*share *= by
	}
	for _, t := range times {
		*t = time.Duration(float64(*t) / by)
	}
	return p
}

// aTenth is how much quicker a deployment's server must be for a tenth more tokens/s at its held load, and what that
// truly brings; most is where the search for a held load ends.
func (d deployment) aTenth(most int) (by, truly float64) {
	base := d.limit(nil, most, true).output
	own := d.World.Profile
	by = 1.05
	for range 2 {
		d.World.Profile, d.known = quicker(own, by), kept{}
		truly = d.limit(nil, most, true).output / base
		if math.Abs(math.Log(truly/1.1)) < 0.01 || truly <= 1 {
			break
		}
		by = math.Pow(by, math.Log(1.1)/math.Log(truly))
	}
	return by, truly
}
