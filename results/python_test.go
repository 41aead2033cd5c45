package results

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestPythonReads runs the lines of docs/run-directory.md on a run; one whose package is not installed is skipped,
// aloud.
func TestPythonReads(t *testing.T) {
	if _, err := exec.LookPath("python3"); err != nil {
		t.Skip("no python3: DuckDB, pandas and Polars were not asked to read a run")
	}
	w := create(t)
	write(t, w, step(1, "001-mini"), made(2000, 5))
	records, err := open(t, w.Dir()).Steps[0].Records()
	if err != nil {
		t.Fatal(err)
	}
	var gaps time.Duration
	for _, r := range records {
		for _, a := range r.Arrivals {
			gaps += a.Gap
		}
	}
	shows := map[string]string{"duckdb": "question factuelle", "pandas": "question factuelle",
		"polars": fmt.Sprint(gaps.Nanoseconds())}
	doc, err := os.ReadFile("../docs/run-directory.md")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(doc)) {
		command := strings.TrimSpace(line)
		if !strings.HasPrefix(command, "python3 -c ") {
			continue
		}
		name := strings.TrimRight(strings.Fields(command)[3], ",;")
		want, known := shows[name]
		if !known {
			t.Errorf("no such reader: %s", command)
		}
		delete(shows, name)
		t.Run(name, func(t *testing.T) {
			if exec.Command("python3", "-c", "import "+name).Run() != nil {
				t.Skipf("python3 has no %s: it was not asked to read a run", name)
			}
			reader := exec.Command("/bin/sh", "-c", command)
			reader.Dir = w.Dir()
			out, err := reader.CombinedOutput()
			if err != nil || !bytes.Contains(out, []byte(want)) {
				t.Errorf("%s\n%v, no %q in\n%s", command, err, want, out)
			}
		})
	}
	if len(shows) > 0 {
		t.Errorf("docs/run-directory.md has no line for %v", shows)
	}
}
