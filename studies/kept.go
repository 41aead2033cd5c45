package studies

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"loadgen/analysis"
)

// kept are what a deployment truly holds under each change that was asked for, as an earlier study of the same seed
// found it: so that another build is judged by the same plays and truths.
type kept map[string][3]float64 // of a limit, as they stand there

const truthFile = "truth.json"

// recall reads what was kept in a directory; nothing where there is none.
func recall(dir string) (kept, error) {
	out := kept{}
	data, err := os.ReadFile(filepath.Join(dir, truthFile))
	if os.IsNotExist(err) {
		return out, nil
	}
	if err == nil {
		err = json.Unmarshal(data, &out)
	}
	return out, err
}

func (k kept) keep(dir string) error {
	data, err := json.Marshal(k)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, truthFile), data, 0o644)
}

// of is the limit of a question, found only where it was not kept.
func (k kept) of(find func() limit, question ...any) limit {
	key := fmt.Sprint(question...)
	l, known := k[key]
	if !known {
		found := find()
		l = [3]float64{found.load, found.requests, found.output}
		k[key] = l
	}
	return limit{l[0], l[1], l[2]}
}

// played is the run of a deployment that a directory keeps, else plays it there.
func (d deployment) played(dir string) (*analysis.Study, error) {
	if _, err := os.Stat(runIn(dir, 0)); err != nil {
		return d.play(dir, 0)
	}
	return analysed(runIn(dir, 0))
}
