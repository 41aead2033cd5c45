package main

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"loadgen/clock"
	"loadgen/scenarios"
	"loadgen/scenarios/compose"
	"loadgen/simulator"
)

const threeServers = "../../scenarios/compose/testdata/three"

// The known deployment: from its Compose file to a scenario, to a quick test and a run against three simulators with
// the same flags and keys on the same ports, and to a rehearsal.
func TestFromComposeToRun(t *testing.T) {
	env := map[string]string{}
	addresses := map[string]net.Listener{}
	free := listeners(t, 3)
	for i, name := range []string{"MICRO", "MINI", "MEDIUM"} {
		addresses[strings.ToLower(name)] = free[i]
		env["VLLM_PORT_"+name] = strconv.Itoa(port(free[i]))
	}
	dir := t.TempDir()
	vars := envFile(t, dir, env)
	file := filepath.Join(dir, "scenario.yaml")
	said := call(t, exitOK, "init", "--compose", threeServers+"/docker-compose.yml", "--env-file", vars, "--out", file)
	if !strings.Contains(said, "3 targets; next: loadgen check") {
		t.Error(said)
	}
	text, err := os.ReadFile(file)
	if err != nil || strings.Contains(string(text), "canary") {
		t.Fatalf("a secret was copied: %v\n%s", err, text)
	}
	for _, finding := range []string{"GPU 1 is shared by 2 servers that reserve 0.90 (mini) + 0.90 (medium)",
		"budget-is-window: micro, mini:", "by YaRN factor 4",
		"--enable-reasoning is no longer a flag", `today write --hf-overrides '{"rope_parameters"`,
		"--reasoning-parser qwen3"} {
		if said := call(t, exitOK, "check", file); !strings.Contains(said, finding) {
			t.Errorf("check does not say %q:\n%s", finding, said)
		}
	}
	serveTargets(t, file, text, addresses)
	short := strings.Replace(string(text), "concurrency: {from: 1, to: 256, factor: 2, stop: saturated}", "each: 1", 1)
	if !strings.Contains(short, "each: 1") {
		t.Fatalf("a ladder would be played:\n%s", short)
	}
	short = strings.Replace(short, "max: 1000}}", "max: 4}}", 1)
	if err := os.WriteFile(file, []byte(short), 0o600); err != nil {
		t.Fatal(err)
	}
	if said := call(t, exitOK, "quick", file); strings.Count(said, "generation  ok") != 3 ||
		strings.Count(said, "the 256 words of generated prompts are one token each") != 3 ||
		strings.Count(said, "with the template") != 3 {
		t.Error(said)
	}
	for _, how := range []string{"real", "rehearsed"} {
		out := filepath.Join(dir, how)
		args := []string{"run", file, "--out", out, "--no-calibrate"}
		if how == "rehearsed" {
			args = append(args, "--simulated")
		}
		call(t, exitOK, args...)
		if said := call(t, exitOK, "report", "--full", out); !strings.Contains(said, "each 1") ||
			!strings.Contains(said, "mini: container myia-vllm-mini-qwen3, image vllm/vllm-openai:qwen3-fixed, 6 CPUs") {
			t.Error(said)
		}
		if data, _ := os.ReadFile(filepath.Join(out, "manifest.json")); len(data) == 0 ||
			strings.Contains(string(data), "canary") {
			t.Errorf("%s: a secret in the manifest, or none", how)
		}
	}
}

// listeners are n on free ports, rising.
func listeners(t *testing.T, n int) []net.Listener {
	t.Helper()
	var out []net.Listener
	for range n {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, l)
	}
	slices.SortFunc(out, func(a, b net.Listener) int { return port(a) - port(b) })
	return out
}

func port(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }

// envFile is the deployment's .env with other ports, whose keys are also exported.
func envFile(t *testing.T, dir string, ports map[string]string) string {
	t.Helper()
	data, err := os.ReadFile(threeServers + "/.env")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, line := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		name, value, _ := strings.Cut(line, "=")
		if port, ok := ports[name]; ok {
			value = port
		}
		if strings.HasPrefix(name, "VLLM_API_KEY") {
			t.Setenv(name, value)
		}
		lines = append(lines, name+"="+value)
	}
	path := filepath.Join(dir, "vars.env")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// serveTargets starts a simulated server for each, with the flags and key of the Compose file's own command.
func serveTargets(t *testing.T, file string, text []byte, at map[string]net.Listener) {
	t.Helper()
	sc, err := scenarios.Parse(file, text)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, len(sc.Targets))
	for _, tg := range sc.Targets {
		server, err := simulator.New(clock.NewWall(), simulator.Options{Model: tg.Model, Flags: tg.Settings,
			APIKey: os.Getenv(tg.APIKeyEnv), Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		go func() { ended <- server.Serve(ctx, at[tg.Name]) }()
	}
	t.Cleanup(func() {
		cancel()
		for range sc.Targets {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
		http.DefaultClient.CloseIdleConnections()
	})
}

// A server that runs tells what it serves and how it is set.
func TestInitFromURL(t *testing.T) {
	l := listeners(t, 1)[0]
	d, err := compose.Command("vllm serve Qwen/Qwen3-8B-AWQ --max-num-seqs 32 --api-key $ONE_KEY", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("ONE_KEY", "canary-one")
	text := scenarios.Draft("d", "a test", d.Targets, nil)
	serveTargets(t, "d.yaml", text, map[string]net.Listener{"server": l})
	url := "http://" + l.Addr().String()
	said := call(t, exitOK, "init", "--url", url, "--api-key-env", "ONE_KEY")
	for _, line := range []string{"url: " + url, "model: Qwen/Qwen3-8B-AWQ", "api_key_env: ONE_KEY", "max-num-seqs: 32",
		"max-model-len: 40960"} {
		if !strings.Contains(said, line) {
			t.Errorf("not written: %s\n%s", line, said)
		}
	}
	if strings.Contains(said, "canary") {
		t.Error("the key is in the scenario")
	}
	call(t, exitFailed, "init", "--url", url)
	call(t, exitUsage, "init", "--url", url, "--api-key-env", "NO_SUCH_NAME_HERE")
	call(t, exitUsage, "init")
	call(t, exitUsage, "init", "--url", url, "--command", "vllm serve m")
	call(t, exitUsage, "init", "--command", "vllm serve")
	out := filepath.Join(t.TempDir(), "a.yaml")
	call(t, exitOK, "init", "--command", "vllm serve m", "--out", out)
	call(t, exitUsage, "init", "--command", "vllm serve m", "--out", out)
}
