package results

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
)

// replaceFile writes a file so that at every instant the path holds all of the old or all of the new content.
func replaceFile(path string, data []byte) error {
	temp := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".new")
	if _, err := writeFile(temp, func(w io.Writer) error { _, err := w.Write(data); return err }); err != nil {
		return err
	}
	if err := os.Rename(temp, path); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// writeFile creates path with what fill writes, waits until the disk has it, and returns the SHA-256 of the content.
func writeFile(path string, fill func(io.Writer) error) (sum string, err error) {
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	defer func() {
		if closed := f.Close(); err == nil {
			err = closed
		}
	}()
	hash := sha256.New()
	out := bufio.NewWriterSize(io.MultiWriter(f, hash), 1<<16)
	if err := fill(out); err != nil {
		return "", err
	}
	if err := out.Flush(); err != nil {
		return "", err
	}
	return hex.EncodeToString(hash.Sum(nil)), f.Sync()
}

// syncDir makes renames inside dir last.
func syncDir(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

func encodeJSON(v any) ([]byte, error) {
	b, err := json.MarshalIndent(v, "", "  ")
	return append(b, '\n'), err
}

// sumKey is the last key of a file that carries its own checksum: the SHA-256 of the file with nothing between the
// quotes.
const sumKey = `"sha256_of_this": "`

// sealedJSON is v as JSON with a checksum of itself; v's last key is an empty sha256_of_this.
func sealedJSON(v any) ([]byte, error) {
	data, err := encodeJSON(v)
	if err != nil {
		return nil, err
	}
	at := bytes.LastIndex(data, []byte(sumKey))
	if at < 0 {
		return nil, errors.New("there is no place for a checksum")
	}
	sum := sha256.Sum256(data)
	return slices.Concat(data[:at+len(sumKey)], []byte(hex.EncodeToString(sum[:])), data[at+len(sumKey):]), nil
}

// unseal compares a file with the checksum that it carries; sealed is false where it has none.
func unseal(data []byte) (sealed bool, err error) {
	at := bytes.LastIndex(data, []byte(sumKey))
	if at < 0 {
		return false, nil
	}
	from := at + len(sumKey)
	length := bytes.IndexByte(data[from:], '"')
	if length < 0 {
		return true, errChanged
	}
	sum := sha256.Sum256(slices.Concat(data[:from], data[from+length:]))
	if hex.EncodeToString(sum[:]) != string(data[from:from+length]) {
		return true, errChanged
	}
	return true, nil
}

// errChanged and what damaged says are of a file that no longer is as it was written.
var errChanged = errors.New("it was changed after it was written: its checksum does not fit; take it from a copy")

func damaged(path string, err error) error {
	return fmt.Errorf("%s is damaged: %w; expected the JSON that loadgen wrote: take it from a copy, or measure again",
		path, err)
}

// firstSealed is the first format whose step.json and manifest.json carry a checksum of themselves.
const firstSealed = 3

// decodeJSON reads a file that begins with our version; what names it in errors. sealed tells that its own checksum
// fits.
func decodeJSON(data []byte, path, what string, into any) (sealed bool, err error) {
	if sealed, err = unseal(data); err != nil {
		return sealed, fmt.Errorf("%s: %w", path, err)
	}
	var head struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return sealed, damaged(path, brokenJSON(err))
	}
	if head.Version < 1 {
		return sealed, damaged(path, errors.New("it names no version of its format"))
	}
	if head.Version > Version {
		return sealed, fmt.Errorf("%s: %s has format version %d; this loadgen reads 1 to %d: use a newer one", path, what,
			head.Version, Version)
	}
	if head.Version >= firstSealed && !sealed {
		return sealed, fmt.Errorf("%s: %w", path, errChanged)
	}
	data = plainJSON(data)
	if head.Version < firstTagged {
		if data, err = tagged(data); err != nil {
			return sealed, damaged(path, brokenJSON(err))
		}
	}
	if err := json.Unmarshal(data, into); err != nil {
		return sealed, damaged(path, brokenJSON(err))
	}
	return sealed, nil
}
