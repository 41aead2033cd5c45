package calibration

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"time"

	"loadgen/results"
)

// fresh is how long a calibration holds.
const fresh = 24 * time.Hour

// Kept is the host's kept calibration; an error where there is none of this version, or where it no longer holds.
func (h host) Kept(now time.Time) (c results.Calibration, err error) {
	data, err := os.ReadFile(h.Cache)
	if err != nil {
		return c, err
	}
	if err = json.Unmarshal(data, &c); err != nil {
		return c, err
	}
	switch {
	case c.Version != results.Version || len(c.Levels) == 0:
		return c, errors.New("of another version")
	case now.Sub(c.At) > fresh:
		return c, errors.New("older than a day")
	case c.Host != h.Name || c.GOMAXPROCS != h.GOMAXPROCS:
		return c, errors.New("of another host or number of cores")
	}
	return c, nil
}

// Keep keeps a calibration for later runs.
func (h host) Keep(c results.Calibration) error {
	if h.Cache == "" {
		return errors.New("this user has no cache folder")
	}
	data, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(h.Cache), 0o777); err != nil {
		return err
	}
	return os.WriteFile(h.Cache, append(data, '\n'), 0o666)
}
