package rehearsal

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"

	"loadgen/simulator/machine"
)

// WriteProfile keeps a profile as JSON; times are in nanoseconds.
func WriteProfile(path string, p machine.Profile) error {
	data, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(data, '\n'), 0o666)
}

// ReadProfile reads what WriteProfile wrote.
func ReadProfile(path string) (*machine.Profile, error) {
	data, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, errors.New("no such file")
	case err != nil:
		return nil, errors.New("it cannot be read as a file")
	}
	p := &machine.Profile{}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if d.Decode(p) != nil {
		return nil, errors.New("not a profile: expected what simulate --fit RUN --out FILE writes")
	}
	return p, p.Check()
}
