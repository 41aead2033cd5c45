package results

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"loadgen/scenarios"
)

// Each client has its own clock: runs merge whatever the servers' are beside it, and the merged run has none.
func TestServersWithoutClocks(t *testing.T) {
	run := func(n int) *Run {
		servers := map[string]ServerInfo{"mini": {Version: "0.11.0", Clock: ServerClock{Offset: 5, Half: 2, N: n}}}
		return &Run{Manifest: Manifest{Before: servers, After: servers}}
	}
	a, b := run(60), run(70)
	if err := mergeable(a, b); err != nil {
		t.Error(err)
	}
	merged, err := json.Marshal(withoutClocks(a.Manifest.Before))
	if err != nil || string(merged) != `{"mini":{"version":"0.11.0"}}` {
		t.Errorf("%s, %v", merged, err)
	}
	if a.Manifest.Before["mini"].Clock.N != 60 || withoutClocks(nil) != nil {
		t.Error("what was given has changed")
	}
}

// Two starts of one server have pools some blocks apart; 5 % apart are two servers.
func TestStartsMerge(t *testing.T) {
	run := func(blocks string) *Run {
		return &Run{Manifest: Manifest{
			Before: map[string]ServerInfo{"mini": {CacheConfig: map[string]string{"num_gpu_blocks": blocks,
				"block_size": "16"}}}}}
	}
	a := run("118281")
	if err := mergeable(a, run("118301")); err != nil {
		t.Error(err)
	}
	if err := mergeable(a, run("111000")); err == nil ||
		!strings.Contains(err.Error(), "mini has 118281 KV blocks in one and 111000 in the other") {
		t.Error(err)
	}
	if a.Manifest.Before["mini"].CacheConfig["num_gpu_blocks"] != "118281" {
		t.Error("what was given has changed")
	}
}

// The server's word goes before the scenario's, flag by flag, and who told what is kept.
func TestSettingsOfATarget(t *testing.T) {
	stated := scenarios.Target{Settings: scenarios.Settings{"max-num-seqs": 64, "tensor-parallel-size": 2}}
	info := ServerInfo{Settings: scenarios.Settings{"max-num-seqs": 256.0, "block-size": 16.0, "dtype": "bfloat16"},
		SettingsBy: map[string]string{"max-num-seqs": "server_info", "block-size": "metrics"}}
	settings, told := info.SettingsOf(stated)
	want := scenarios.Settings{"max-num-seqs": 256.0, "tensor-parallel-size": 2, "block-size": 16.0, "dtype": "bfloat16"}
	if !reflect.DeepEqual(settings, want) {
		t.Errorf("settings %v, want %v", settings, want)
	}
	by := map[string]string{"max-num-seqs": "server_info", "tensor-parallel-size": "scenario", "block-size": "metrics",
		"dtype": "server"}
	if !reflect.DeepEqual(told, by) {
		t.Errorf("told by %v, want %v", told, by)
	}
	if stated.Settings["max-num-seqs"] != 64 || len(info.Settings) != 3 {
		t.Errorf("what was given changed: %v, %v", stated.Settings, info.Settings)
	}
}
