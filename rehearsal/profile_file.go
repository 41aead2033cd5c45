package rehearsal

import (
	"bytes"
	"encoding/json"
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
	if err != nil {
		return nil, err
	}
	p := &machine.Profile{}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(p); err != nil {
		return nil, err
	}
	return p, p.Check()
}
