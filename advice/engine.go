package advice

import (
	"loadgen/analysis"
	"loadgen/simulator/machine"
)

// An engine is a target's engine as arithmetic, calibrated to its run.
type engine struct {
	Machine machine.Machine
	Blocks  int                 // of 16 tokens
	Seen    []analysis.Observed // whole answers of all levels
	Spread  float64             // residuals of the calibration; 1: as expected
}

// Calibrated is the engine of a target as its run leaves it. The error is why there is none, in words for the reader.
func Calibrated(s *analysis.Study, t *analysis.TargetStudy) (engine, error) {
	a := begin(s, t)
	m, err := newModel(s, t, a.loop())
	if err != nil {
		return engine{}, err
	}
	c := m.calibrate(a)
	return engine{c.with(c.posterior.Best).machine, m.blocks, m.seen, c.posterior.Spread}, nil
}
