package analysis

import (
	"math"
	"testing"

	"loadgen/stat"
)

func TestJudgementNeedsIntervalAndSize(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		r    stat.Interval
		good bool
		want Judgement
	}{
		{stat.Interval{Value: 1.2, Lo: 1.1, Hi: 1.3}, true, Better},
		{stat.Interval{Value: 1.2, Lo: 1.1, Hi: 1.3}, false, Worse},
		{stat.Interval{Value: 0.8, Lo: 0.7, Hi: 0.9}, true, Worse},
		{stat.Interval{Value: 1.2, Lo: 0.9, Hi: 1.5}, true, NoneShown}, // the interval holds 1
		{stat.Interval{Value: 1.03, Lo: 1.01, Hi: 1.06}, true, NoneShown},
		{stat.Interval{Value: 1.01, Lo: 0.98, Hi: 1.04}, true, Equivalent},
		{stat.Interval{Value: 1.5, Lo: nan, Hi: nan}, true, NoneShown}, // one block
	} {
		if got := judge(c.r, c.good); got != c.want {
			t.Errorf("%+v, higher is good %v: %s, want %s", c.r, c.good, got, c.want)
		}
	}
}

func TestIncomparableLevels(t *testing.T) {
	a, b := level(4, 100, 0.01, 4, 0), level(4, 100, 0.01, 4, 0)
	a.OutputMean, b.OutputMean = 100, 105
	if why := incomparable(a, b); why != "" {
		t.Error(why)
	}
	if b.OutputMean = 115; incomparable(a, b) == "" {
		t.Error("answers 15 % longer are compared")
	}
	b.OutputMean, b.CachedShare = 100, 0.3
	if incomparable(a, b) == "" {
		t.Error("30 % of the prompt from the cache is compared with none")
	}
	if a.CachedShare = math.NaN(); incomparable(a, b) == "" {
		t.Error("30 % of the prompt from the cache is compared with what is not told")
	}
	if b.CachedShare = math.NaN(); incomparable(a, b) != "" {
		t.Error("what nobody tells forbids a comparison")
	}
}
