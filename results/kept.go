package results

import (
	"bytes"
	"crypto/sha256"
	"encoding/gob"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
)

// Kept is what this program worked out of a run before: in RUN/kept or, where a run cannot be written, in the user's
// cache folder. Facts are believed where the same program made them of the same inputs and their checksum fits; all
// else counts as not kept, and nothing that stands in the way is an error, since they can be worked out again.
type Kept struct{ places []keptPlace }

// A keptPlace is a folder inside another, which no link leads out of.
type keptPlace struct{ inside, folder string }

// Kept is where a run's facts are kept.
func (r *Run) Kept() *Kept {
	k := &Kept{places: []keptPlace{{r.Dir, "kept"}}}
	cache, err1 := os.UserCacheDir()
	dir, err2 := filepath.Abs(r.Dir)
	if err1 == nil && err2 == nil {
		sum := sha256.Sum256([]byte(dir))
		k.places = append(k.places, keptPlace{cache, fmt.Sprintf("loadgen/kept/%x", sum[:8])})
	}
	return k
}

// Recall fills what facts points to with those of a name, and reports whether they are of these inputs.
func (k *Kept) Recall(name string, inputs any, facts any) bool {
	key, ok := keptKey(name, inputs)
	for _, p := range k.places {
		if ok && p.recall(name, key, facts) {
			return true
		}
	}
	return false
}

// Keep keeps facts in the first place that takes them.
func (k *Kept) Keep(name string, inputs any, facts any) {
	key, ok := keptKey(name, inputs)
	var body bytes.Buffer
	if !ok || gob.NewEncoder(&body).Encode(facts) != nil {
		return
	}
	data := append([]byte(keptHead(key, body.Bytes())), body.Bytes()...)
	for _, p := range k.places {
		if p.keep(name, data) == nil {
			return
		}
	}
}

// Through gives what was kept of a name, or what work brings, which it keeps.
func Through[T any](k *Kept, name string, inputs any, work func() (T, error)) (T, error) {
	var facts T
	if k.Recall(name, inputs, &facts) {
		return facts, nil
	}
	facts, err := work()
	if err == nil {
		k.Keep(name, inputs, facts)
	}
	return facts, err
}

// Inputs are what all that is worked out of a run depends on: steps hold the checksums of their files.
func (r *Run) Inputs() any {
	steps := make([]StepMeta, len(r.Steps))
	for i, s := range r.Steps {
		steps[i] = s.Meta
	}
	return []any{r.Manifest, steps}
}

func (p keptPlace) recall(name, key string, facts any) bool {
	root, err := os.OpenRoot(p.inside)
	if err != nil {
		return false
	}
	defer root.Close()
	data, err := root.ReadFile(p.folder + "/" + name)
	if err != nil {
		return false
	}
	end := bytes.IndexByte(data, '\n') + 1
	head, body := string(data[:end]), data[end:]
	return head == keptHead(key, body) && gob.NewDecoder(bytes.NewReader(body)).Decode(facts) == nil
}

func (p keptPlace) keep(name string, data []byte) error {
	root, err := os.OpenRoot(p.inside)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := root.MkdirAll(p.folder, 0o777); err != nil {
		return err
	}
	path := p.folder + "/" + name
	if err := root.WriteFile(path+".new", data, 0o666); err != nil {
		return err
	}
	return root.Rename(path+".new", path)
}

// keptHead is the first line of a file of facts.
func keptHead(key string, body []byte) string {
	return fmt.Sprintf("loadgen kept %s %x\n", key, sha256.Sum256(body))
}

// keptKey is the checksum of all that facts depend on: the program, their name and inputs.
func keptKey(name string, inputs any) (key string, ok bool) {
	data, err := json.Marshal(inputs)
	if err != nil || Program() == "" {
		return "", false
	}
	return fmt.Sprintf("%x", sha256.Sum256(fmt.Appendf(nil, "%s\n%s\n%s", Program(), name, data))), true
}

// Program is the checksum of the running program: another build may judge by other rules.
var Program = sync.OnceValue(func() string {
	path, err := os.Executable()
	if err != nil {
		return ""
	}
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, f); err != nil {
		return ""
	}
	return fmt.Sprintf("%x", hash.Sum(nil))
})

// Whole reports whether records and samples have the checksums of step.json.
func (s *Step) Whole() bool {
	for _, name := range []string{recordsFile, samplesFile} {
		f, _, err := s.open(name)
		if err != nil {
			return false
		}
		f.Close()
	}
	return true
}
