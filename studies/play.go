package studies

import (
	"context"
	"fmt"
	"path/filepath"

	"loadgen/advice"
	"loadgen/analysis"
	"loadgen/rehearsal"
	"loadgen/results"
	"loadgen/simulator"
	"loadgen/sweep"
)

// play rehearses a deployment in its world into a directory, and analyses what a real server would have shown.
// seed makes another day of it.
func (d deployment) play(dir string, seed uint64) (*analysis.Study, error) {
	sc := *d.Scenario
	sc.Seed += seed
	world := func(_ string, o *simulator.Options) {
		if d.Shipped {
			return
		}
		p := d.World.Profile
		o.Profile, o.Extra = &p, d.World.Extra
	}
	r, err := rehearsal.New(&sc, rehearsal.Options{Tool: "loadgen study", Change: world})
	if err != nil {
		return nil, err
	}
	r.Env.Believe = advice.BelieveIn
	dir = runIn(dir, seed)
	var played error
	err = r.Clock.Run("study", func() {
		played = sweep.NewPlayer(r.Env, r.Scenario, sc.Plan("")).Play(context.Background(), dir, []byte(d.YAML),
			results.Manifest{})
	})
	if err != nil || played != nil {
		return nil, fmt.Errorf("%s: %w, %w", d.Name, err, played)
	}
	return analysed(dir)
}

func runIn(dir string, seed uint64) string { return filepath.Join(dir, fmt.Sprintf("run-%d", seed)) }

func analysed(dir string) (*analysis.Study, error) {
	run, err := results.Open(dir)
	if err != nil {
		return nil, err
	}
	return analysis.Analyze(run)
}
