package stat

import (
	"cmp"
	"math"
	"slices"
)

// A bunch is how many requests hang together at some trials next to each other: told by Sum ÷ Requests.
type bunch struct {
	sum      float64 // requests times how many of them tell as much as one independent
	requests float64
	trials   int
}

// bunchedAlike gives each trial the N that trials at loads like its own tell together. A window that by luck met no
// bunch of late requests shows a good share and seems to know it well, one that met a bunch a bad share and seems to
// know little: each by itself, the lucky ones would outweigh the others. Requests hang together the more the nearer a
// server is to its limit, so that their bunches do not shrink as the load rises: isotonic regression, by pooling
// adjacent violators (Barlow et al., 1972). The trials come back in the order of their loads.
func bunchedAlike(trials []Trial) []Trial {
	out := slices.Clone(trials)
	slices.SortStableFunc(out, func(a, b Trial) int { return cmp.Compare(a.Load, b.Load) })
	var pools []bunch
	for _, t := range out {
		b := bunch{t.Requests * t.Requests / t.N, t.Requests, 1}
		for n := len(pools); n > 0 && pools[n-1].sum*b.requests >= b.sum*pools[n-1].requests; n-- {
			b = bunch{b.sum + pools[n-1].sum, b.requests + pools[n-1].requests, b.trials + pools[n-1].trials}
			pools = pools[:n-1]
		}
		pools = append(pools, b)
	}
	i := 0
	for _, b := range pools {
		for range b.trials {
			out[i].N = math.Max(1, out[i].Requests*b.requests/b.sum)
			i++
		}
	}
	return out
}
