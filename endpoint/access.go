package endpoint

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"maps"
	"os"
	"slices"

	"loadgen/scenarios"
)

// Key is the key of a target: what the environment variable named by APIKeyEnv holds. ok is false when a variable is
// named and is unset or empty.
func Key(t scenarios.Target) (key string, ok bool) {
	if t.APIKeyEnv == "" {
		return "", true
	}
	key = os.Getenv(t.APIKeyEnv)
	return key, key != ""
}

// An access is what lets a target's requests in, as the environment holds it: its key, its headers and who vouches for
// it.
type access struct {
	Options
	Unset []string // variables that the target names and the environment lacks, by name
}

// FindAccess reads the variables that a target names. An error says what is wrong with one; its value is never in it.
func FindAccess(t scenarios.Target) (a access, err error) {
	read := func(variable string) string {
		value := os.Getenv(variable)
		if value == "" {
			a.Unset = append(a.Unset, variable)
		}
		return value
	}
	if t.APIKeyEnv != "" {
		a.Key = read(t.APIKeyEnv)
	}
	for _, name := range slices.Sorted(maps.Keys(t.Headers)) {
		value := read(t.Headers[name])
		if !sendable(value) {
			return a, fmt.Errorf("headers: the variable %s holds a line break or a control character, which no header can have",
				t.Headers[name])
		}
		a.Headers = append(a.Headers, header{name, value})
	}
	if t.CAEnv != "" {
		if path := read(t.CAEnv); path != "" {
			a.TLS, err = trusting(path)
		}
	}
	if err != nil {
		return a, fmt.Errorf("ca_env: the variable %s must hold the path of a PEM file: %w", t.CAEnv, err)
	}
	return a, nil
}

func sendable(value string) bool {
	return !slices.ContainsFunc([]byte(value), func(c byte) bool { return c < ' ' && c != '\t' || c == 0x7f })
}

// trusting accepts the system's authorities and those of a PEM file.
func trusting(path string) (*tls.Config, error) {
	pem, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate", path)
	}
	return &tls.Config{RootCAs: roots}, nil
}
