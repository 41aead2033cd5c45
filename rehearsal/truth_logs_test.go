package rehearsal

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// What servers write is in the log in full and in order, from before the run's directory existed on, and a resumed run
// appends.
func TestTruthLogsKeepEverything(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	var want bytes.Buffer
	for part := range 2 {
		logs := NewTruthLogs(dir)
		w := logs.Open("mini")
		for i := range 60_000 {
			line := fmt.Sprintf("{\"part\":%d,\"step\":%d,\"tokens\":[%d,%d,%d]}\n", part, i, i, i+1, i+2)
			want.WriteString(line)
			if _, err := io.WriteString(w, line); err != nil {
				t.Fatal(err)
			}
			if i == 100 {
				if err := os.MkdirAll(dir, 0o777); err != nil {
					t.Fatal(err)
				}
			}
		}
		logs.Close(nil)
	}
	f, err := os.Open(filepath.Join(dir, "truth", "mini.jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(z)
	if err != nil || !bytes.Equal(got, want.Bytes()) {
		t.Errorf("%d bytes of %d, %v", len(got), want.Len(), err)
	}
}
