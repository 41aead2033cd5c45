package reports

import (
	"strings"
	"testing"

	"loadgen/advice"
)

func TestEveryIdCanBeRead(t *testing.T) {
	for _, id := range Explained() {
		e, ok := Explain(strings.ToLower(id))
		if !ok || e.Name == "" {
			t.Errorf("%s: %+v", id, e)
		}
	}
	for _, b := range advice.Bottlenecks {
		if b.Doc == "" || b.Remedy == "" {
			t.Errorf("bottleneck %s lacks doc or remedy", b.ID)
		}
	}
	if _, ok := Explain("frob"); ok {
		t.Error("frob is explained")
	}
}
