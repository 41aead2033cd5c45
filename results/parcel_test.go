package results

import (
	"archive/tar"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func parcelOf(t *testing.T) (run *Run, parcel []byte) {
	t.Helper()
	run = open(t, mergedRun(t, filepath.Join(t.TempDir(), "run"), 1))
	var out bytes.Buffer
	if err := run.Steps[0].Pack(&out); err != nil {
		t.Fatal(err)
	}
	return run, out.Bytes()
}

// A step that was sent is the step that was written, to the byte, and sending it again changes nothing.
func TestAPackedStepIsTheSame(t *testing.T) {
	run, parcel := parcelOf(t)
	dir := filepath.Join(t.TempDir(), "there")
	head, err := ReadHead(run.Dir)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := head.Write(dir); err != nil {
			t.Fatal(err)
		}
		if err := Unpack(dir, bytes.NewReader(parcel)); err != nil {
			t.Fatal(err)
		}
	}
	if got, want := tree(t, dir), tree(t, run.Dir); got != want {
		t.Errorf("%s\nbecame\n%s", want, got)
	}
	if err := run.Steps[0].Judge(Verdict{State: Invalid}); err != nil {
		t.Fatal(err)
	}
	var other bytes.Buffer
	if err := run.Steps[0].Pack(&other); err != nil {
		t.Fatal(err)
	}
	if err := Unpack(dir, &other); err == nil || !strings.Contains(err.Error(), "there is another step") {
		t.Error("another step took its place:", err)
	}
}

// Whatever is cut off, changed or a stranger's leaves no step, and nothing outside.
func TestADamagedParcelIsNoStep(t *testing.T) {
	_, parcel := parcelOf(t)
	dir := filepath.Join(t.TempDir(), "there")
	refused := func(what string, parcel []byte) {
		t.Helper()
		if err := Unpack(dir, bytes.NewReader(parcel)); err == nil {
			t.Errorf("%s: it was taken", what)
		}
		if steps, err := openSteps(filepath.Join(dir, stepsDir)); err != nil || len(steps) > 0 {
			t.Errorf("%s: %d steps, %v", what, len(steps), err)
		}
	}
	for n := 0; n < len(parcel)-1024; n += 997 { // a tar ends with 1024 zeros
		refused("cut", parcel[:n])
	}
	for n := 600; n < len(parcel)-1536; n += 1009 {
		changed := bytes.Clone(parcel)
		changed[n] ^= 0x10
		if Unpack(t.TempDir(), bytes.NewReader(changed)) == nil && !bytes.Equal(filled(parcel), filled(changed)) {
			t.Errorf("byte %d was changed, and it was taken", n)
		}
	}
	refused("another file", repacked(t, parcel, func(h *tar.Header) {
		if h.Name == recordsFile {
			h.Name = "../../../escaped"
		}
	}))
	refused("a link", repacked(t, parcel, func(h *tar.Header) {
		if h.Name == recordsFile {
			h.Typeflag, h.Linkname, h.Size = tar.TypeSymlink, "/etc/passwd", 0
		}
	}))
	found, _ := filepath.Glob(filepath.Join(filepath.Dir(dir), "escaped"))
	if len(found) > 0 {
		t.Error(found)
	}
}

// filled is what a tar's files hold: what lies between them is nobody's.
func filled(parcel []byte) (out []byte) {
	for t := tar.NewReader(bytes.NewReader(parcel)); ; {
		h, err := t.Next()
		if err != nil {
			return out
		}
		data, _ := io.ReadAll(t)
		out = append(append(out, h.Name...), data...)
	}
}

func repacked(t *testing.T, parcel []byte, change func(*tar.Header)) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for r := tar.NewReader(bytes.NewReader(parcel)); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		data, _ := io.ReadAll(r)
		change(h)
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		_, _ = w.Write(data[:h.Size])
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// A head that is no manifest is not written.
func TestABadHeadIsRefused(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "run")
	if err := (Head{Manifest: []byte("{}")}).Write(dir); err == nil {
		t.Error("an empty manifest was taken")
	}
	if _, err := os.Stat(dir); err == nil {
		t.Error("and left something")
	}
}
