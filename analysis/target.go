package analysis

import (
	"fmt"
	"strconv"

	"loadgen/vllm"
)

// Pool is the server's own KV pool in tokens.
func (t *TargetStudy) Pool() (tokens float64, ok bool) {
	blocks, size, ok := t.Info.KVBlocks()
	return float64(blocks-1) * float64(size), ok // one block is never handed out
}

// Shape is the model: by the config.json that the scenario names, by what the server shows of it, or by its name.
func (t *TargetStudy) Shape() (vllm.Model, vllm.Quant, bool) {
	target := t.Target
	if len(target.Config) == 0 {
		target.Config = t.Info.HFConfig
	}
	if m, q, ok := target.Shape(); ok {
		return m, q, true
	}
	return t.Target.Shape()
}

// TP is the resolved tensor-parallel size, 1 when nobody says.
func (t *TargetStudy) TP() int {
	if n, ok := t.Settings.Int(vllm.TensorParallelSize); ok && n > 0 {
		return n
	}
	return 1
}

// GPUs is how many GPUs the target occupies: the listed devices, else the resolved tensor-parallel size.
func (t *TargetStudy) GPUs() int {
	if n := len(t.Target.GPUs); n > 0 {
		return n
	}
	return t.TP() * max(1, len(t.Parts))
}

// Card is the GPU's data sheet: as the scenario tells its numbers, else as nvidia-smi names it, else as the scenario
// does.
func (t *TargetStudy) Card() (vllm.Card, bool) {
	if t.Target.OwnCard != nil {
		return t.Target.GPU()
	}
	for _, g := range t.Info.GPUs {
		if c, ok := vllm.FindCard(g.Name); ok {
			return c, true
		}
	}
	return t.Target.GPU()
}

// Value writes a setting as vLLM's command line does.
func Value(v any) string {
	switch x := v.(type) {
	case float64:
		return strconv.FormatFloat(x, 'f', -1, 64)
	case nil:
		return "–"
	}
	return fmt.Sprint(v)
}
