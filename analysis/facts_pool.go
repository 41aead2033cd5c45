package analysis

import (
	"math"
	"slices"
)

// poolServer is what the server said over all repetitions of a level: means weighted by readings, counts added up.
// Those that tell nothing do not count.
func poolServer(all []ServerFacts) ServerFacts {
	if len(all) == 1 {
		return all[0]
	}
	var out ServerFacts
	var mean weighted
	for _, f := range all {
		if !f.Known {
			continue
		}
		out.Known, out.KVKnown, out.N = true, out.KVKnown || f.KVKnown, out.N+f.N
		out.RunningMax, out.KVMax = math.Max(out.RunningMax, f.RunningMax), math.Max(out.KVMax, f.KVMax)
		out.Preemptions, out.Finished, out.Generated = out.Preemptions+f.Preemptions, out.Finished+f.Finished, out.Generated+
			f.Generated
		mean.add(float64(f.N), f.Running, f.Waiting, f.WaitingAny, f.KV, f.KVFull, f.PrefixHit, f.TTFT, f.ITL, f.FrontEnd,
			f.Queue)
	}
	if out.Known {
		mean.into(&out.Running, &out.Waiting, &out.WaitingAny, &out.KV, &out.KVFull, &out.PrefixHit, &out.TTFT, &out.ITL,
			&out.FrontEnd, &out.Queue)
	}
	return out
}

// poolGPU is what nvidia-smi said over all repetitions of a level.
func poolGPU(all []GPUFacts) GPUFacts {
	if len(all) == 1 {
		return all[0]
	}
	var out GPUFacts
	var mean weighted
	for _, f := range all {
		if !f.Known {
			continue
		}
		out.Known = true
		out.TotalMiB, out.PeakMiB, out.PeakPower = math.Max(out.TotalMiB, f.TotalMiB), math.Max(out.PeakMiB, f.PeakMiB),
			math.Max(out.PeakPower, f.PeakPower)
		mean.add(1, f.MeanMiB, f.MeanUtil, f.MeanPower)
	}
	out.Each = poolUse(all)
	if out.Known {
		mean.into(&out.MeanMiB, &out.MeanUtil, &out.MeanPower)
	}
	return out
}

// poolUse is each GPU's memory over all repetitions: the mean of the means, the highest peak.
func poolUse(all []GPUFacts) (out []GPUUse) {
	seen := map[string]int{}
	for _, f := range all {
		for _, one := range f.Each {
			i := slices.IndexFunc(out, func(u GPUUse) bool { return u.ID == one.ID })
			if i < 0 {
				out, i = append(out, GPUUse{ID: one.ID}), len(out)
			}
			seen[one.ID]++
			u := &out[i]
			u.TotalMiB, u.PeakMiB = math.Max(u.TotalMiB, one.TotalMiB), math.Max(u.PeakMiB, one.PeakMiB)
			u.MeanMiB += (one.MeanMiB - u.MeanMiB) / float64(seen[one.ID])
		}
	}
	return out
}

// A weighted holds means of several quantities side by side, each over the values that are known.
type weighted struct{ sum, weight []float64 }

func (m *weighted) add(weight float64, values ...float64) {
	for i, v := range values {
		if len(m.sum) == i {
			m.sum, m.weight = append(m.sum, 0), append(m.weight, 0)
		}
		if !math.IsNaN(v) {
			m.sum[i], m.weight[i] = m.sum[i]+weight*v, m.weight[i]+weight
		}
	}
}

// into writes the means; NaN where no value was known.
func (m *weighted) into(out ...*float64) {
	for i := range out {
		*out[i] = m.sum[i] / m.weight[i]
	}
}
