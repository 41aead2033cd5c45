package sweep

import (
	"errors"
	"strings"
	"testing"

	"loadgen/results"
)

// Another server under the same name is another run; what a server does not tell cannot differ.
func TestResumeNeedsTheSameServers(t *testing.T) {
	was := results.ServerInfo{Name: "vllm", Version: "0.11.0", Models: []string{"m"},
		CacheConfig: map[string]string{"num_gpu_blocks": "900"}}
	for says, change := range map[string]func(*results.ServerInfo){
		"":                                 func(s *results.ServerInfo) { s.Clock = results.ServerClock{Offset: 1, N: 2} },
		"version was 0.11.0 and is 0.12.0": func(s *results.ServerInfo) { s.Version = "0.12.0" },
		"models was [m] and is [n]":        func(s *results.ServerInfo) { s.Models = []string{"n"} },
		`cache_config_info num_gpu_blocks was "900" and is "8"`: func(s *results.ServerInfo) {
			s.CacheConfig = map[string]string{"num_gpu_blocks": "8"}
		},
		`cache_config_info block_size was "" and is "16"`: func(s *results.ServerInfo) {
			s.CacheConfig = map[string]string{"num_gpu_blocks": "900", "block_size": "16"}
		},
	} {
		is := was
		change(&is)
		err := sameServers(map[string]results.ServerInfo{"mini": was}, map[string]results.ServerInfo{"mini": is})
		if (err == nil) != (says == "") || err != nil &&
			(!errors.Is(err, ErrChanged) || !strings.Contains(err.Error(), says)) {
			t.Errorf("%q: %v", says, err)
		}
	}
}
