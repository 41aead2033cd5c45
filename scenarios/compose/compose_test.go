package compose

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"loadgen/scenarios"
)

func three(t *testing.T) Deployment {
	t.Helper()
	data, err := os.ReadFile("testdata/three/docker-compose.yml")
	if err != nil {
		t.Fatal(err)
	}
	vars, err := os.ReadFile("testdata/three/.env")
	if err != nil {
		t.Fatal(err)
	}
	env, err := ReadEnv(bytes.NewReader(vars))
	if err != nil {
		t.Fatal(err)
	}
	d, err := Read("docker-compose.yml", data, env, nil)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestKnownDeployment(t *testing.T) {
	d := three(t)
	want := []struct {
		name, url, model, key string
		gpus                  []int
		window, tp            int
		says                  string
	}{
		{"micro", "http://localhost:5000", "Qwen/Qwen3-1.7B-FP8", "VLLM_API_KEY_MICRO", []int{2}, 65536, 1,
			"container myia-vllm-micro-qwen3, image vllm/vllm-openai:qwen3-fixed, 4 CPUs, 16 GiB of memory"},
		{"mini", "http://localhost:5001", "Qwen/Qwen3-8B-AWQ", "VLLM_API_KEY_MINI", []int{1}, 65536, 1,
			"container myia-vllm-mini-qwen3, image vllm/vllm-openai:qwen3-fixed, 6 CPUs, 24 GiB of memory"},
		{"medium", "http://localhost:5002", "Qwen/Qwen3-32B-AWQ", "VLLM_API_KEY_MEDIUM", []int{0, 1}, 70000, 2,
			"service vllm-medium-qwen3, image vllm/vllm-openai:qwen3-fixed, 8 CPUs, 32 GiB of memory"},
	}
	if len(d.Targets) != len(want) {
		t.Fatalf("%d targets", len(d.Targets))
	}
	for i, w := range want {
		g := d.Targets[i]
		if g.Name != w.name || g.URL != w.url || g.Model != w.model || g.APIKeyEnv != w.key ||
			!reflect.DeepEqual(g.GPUs, w.gpus) || g.Description != w.says {
			t.Errorf("got  %+v\nwant %+v", g, w)
		}
		settings := scenarios.Settings{"max-model-len": w.window, "max-num-batched-tokens": w.window,
			"tensor-parallel-size": w.tp, "gpu-memory-utilization": 0.9,
			"enable-chunked-prefill": true, "enable-prefix-caching": true, "dtype": "float16", "kv-cache-dtype": "fp8",
			"enable-auto-tool-choice": true,
			"tool-call-parser":        "granite", "enable-reasoning": true, "reasoning-parser": "deepseek_r1",
			"rope-scaling": map[string]any{"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32768.0}}
		if !reflect.DeepEqual(g.Settings, settings) {
			t.Errorf("%s: settings %v\nwant %v", w.name, g.Settings, settings)
		}
	}
	for _, note := range []string{"micro, mini, medium: --kv_cache_dtype is spelt --kv-cache-dtype today",
		"micro, mini, medium: --enable-reasoning is no longer a flag",
		"micro, mini, medium: --rope-scaling is no longer a flag of vLLM: write --hf-overrides"} {
		if !strings.Contains(strings.Join(d.Notes, "\n"), note) {
			t.Errorf("not said: %s\n%q", note, d.Notes)
		}
	}
}

// No value of a secret name is copied, wherever the file puts it.
func TestSecretsAreNotCopied(t *testing.T) {
	if all := fmt.Sprintf("%#v", three(t)); strings.Contains(all, "canary") {
		t.Errorf("a secret was copied: %s", all)
	}
	for _, file := range []string{
		`services: {a: {image: "vllm/x:${HF_TOKEN}", container_name: "${HF_TOKEN}", command: "--model ${HF_TOKEN:-canary} ` +
			`--api-key canary-k --hf-token canary --hf-token=canary"}}`,
		`services: {a: {image: vllm/x, environment: {VLLM_API_KEY: canary-2, X: canary}, command: [--model, m, --port, ` +
			`"80"]}}`,
		`services: {a: {image: vllm/x, environment: {VLLM_API_KEY: "${K_KEY:-canary}"}, command: [--model, m]}}`,
	} {
		d, err := Read("c.yml", []byte(file), Env{"HF_TOKEN": "canary-t", "OTHER": "canary-k"}, nil)
		if err != nil {
			t.Error(err)
		}
		if all := fmt.Sprintf("%#v", d); strings.Contains(all, "canary") {
			t.Errorf("a secret was copied from %s: %s", file, all)
		}
		if len(d.Targets) == 1 && d.Targets[0].APIKeyEnv == "" {
			t.Errorf("%s: no key variable", file)
		}
	}
}

// A count of tokens is no token, and a secret in an odd place is written by its name.
func TestNamesThatSoundSecret(t *testing.T) {
	file := `services: {a: {image: "vllm:${HF_TOKEN}", command: "--model ${MODEL_KEY} --max-num-batched-tokens ` +
		`${MAX_TOKENS} --max-model-len ${MAX_LEN_TOKENS:-4096} --served-model-name x${ALL_TOKENS}"}}`
	d, err := Read("c.yml", []byte(file), Env{"MAX_TOKENS": "2048", "ALL_TOKENS": "canary", "MODEL_KEY": "canary",
		"HF_TOKEN": "canary"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	g := d.Targets[0]
	if g.Settings["max-num-batched-tokens"] != 2048 || g.Settings["max-model-len"] != 4096 ||
		g.Model != "x${ALL_TOKENS}" || !strings.HasSuffix(g.Description, "vllm:${HF_TOKEN}") {
		t.Errorf("%+v", g)
	}
}

func TestWhereTheKeyIsNamed(t *testing.T) {
	env := Env{"VLLM_API_KEY_A": "x", "OPENAI_API_KEY": "y", "PLAIN": "z"}
	for file, want := range map[string]string{
		`{image: vllm, command: "--model m --api-key ${ONE_KEY}"}`:                          "ONE_KEY",
		`{image: vllm, command: [--model, m], environment: {VLLM_API_KEY: "${TWO_KEY}"}}`:   "TWO_KEY",
		`{image: vllm, command: [--model, m], environment: ["VLLM_API_KEY=${TWO_KEY:-k}"]}`: "TWO_KEY",
		`{image: vllm, command: [--model, m]}`:                                              "VLLM_API_KEY_A",
		`{image: vllm, command: --model m --api-key $PLAIN}`:                                "PLAIN",
		`{image: vllm, command: --model m --api-key literal}`:                               "VLLM_API_KEY_A",
		`{image: x, entrypoint: [bash, -c], command: ["vllm serve m --api-key $$X --max-num-seqs 4 && ` +
			`sleep 1"]}`: "VLLM_API_KEY_A",
	} {
		d, err := Read("c.yml", []byte("services: {a: "+file+"}"), env, nil)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if got := d.Targets[0].APIKeyEnv; got != want {
			t.Errorf("%s: key variable %q, want %q", file, got, want)
		}
	}
	d, err := Read("c.yml", []byte("services: {b: {image: vllm, command: [--model, m]}}"), env, nil)
	if err != nil || d.Targets[0].APIKeyEnv != "" || !strings.Contains(strings.Join(d.Notes, "\n"),
		"no key is named anywhere") {
		t.Errorf("%+v %v", d, err)
	}
}

func TestServicesThatAreNotVLLM(t *testing.T) {
	d, err := Read("c.yml", []byte(`services:
  web: {image: nginx}
  a: {image: vllm/vllm-openai, command: [--model, m], gpus: [{device_ids: ["3"]}],
    ports: ["10.0.0.7:9000:8000", "9001:22"]}
  b: {image: vllm/vllm-openai, command: [--model, m, --port, "7000"],
    environment: {CUDA_VISIBLE_DEVICES: "4,5"}, network_mode: host}
`), nil, nil)
	if err != nil || len(d.Targets) != 2 {
		t.Fatal(d, err)
	}
	if b, a := d.Targets[0], d.Targets[1]; a.URL != "http://10.0.0.7:9000" || a.GPUs[0] != 3 ||
		b.URL != "http://localhost:7000" || !reflect.DeepEqual(b.GPUs, []int{4, 5}) {
		t.Errorf("%+v\n%+v", a, b)
	}
	d, err = Read("c.yml", []byte("version: '3'\nservices: {a: {image: vllm, command: [--model, m], environment: "+
		"[\"X=${NOT_THERE}\"]}}"), nil, nil)
	if err != nil || !strings.Contains(strings.Join(d.Notes, "\n"), "the variable NOT_THERE has no value and no default") {
		t.Errorf("%+v %v", d, err)
	}
	for _, bad := range []string{"services: {web: {image: nginx}}", "services: [", "x: 1",
		"services: {a: {image: vllm, command: --model m --max-num-seqs many}}"} {
		if d, err := Read("c.yml", []byte(bad), nil, nil); err == nil {
			t.Errorf("%s: taken as %+v", bad, d)
		}
	}
}

func TestCommandLine(t *testing.T) {
	d, err := Command(`vllm serve Qwen/Qwen3-8B-AWQ --port 5001 \
  --api-key "$MINI_KEY" --kv_cache_dtype=fp8 --no-enable-prefix-caching \
  --hf-overrides '{"rope_parameters": {"factor": 4.0}}'`, nil)
	if err != nil {
		t.Fatal(err)
	}
	g := d.Targets[0]
	if g.URL != "http://localhost:5001" || g.APIKeyEnv != "MINI_KEY" || g.Model != "Qwen/Qwen3-8B-AWQ" ||
		g.Settings["enable-prefix-caching"] != false || g.Settings["kv-cache-dtype"] != "fp8" {
		t.Errorf("%+v", g)
	}
	if d, err = Command("python3 -m vllm.entrypoints.openai.api_server --model m --api-key canary", nil); err != nil ||
		d.Targets[0].APIKeyEnv != "VLLM_API_KEY" || strings.Contains(fmt.Sprintf("%#v", d), "canary") {
		t.Errorf("%#v %v", d, err)
	}
	if d, err = Command("CUDA_VISIBLE_DEVICES=1,2 X=y vllm serve m --enable-chunked-prefill False --enforce-eager True",
		nil); err != nil || !reflect.DeepEqual(d.Targets[0].GPUs, []int{1, 2}) ||
		d.Targets[0].Model != "m" || d.Targets[0].Settings["enable-chunked-prefill"] != false ||
		d.Targets[0].Settings["enforce-eager"] != true {
		t.Errorf("%+v %v", d, err)
	}
	if d, err = Command("docker run --gpus all -p 127.0.0.1:9001:8000 --env X=canary vllm/vllm-openai:latest --model m",
		nil); err != nil || d.Targets[0].URL != "http://localhost:9001" || d.Targets[0].Model != "m" {
		t.Errorf("%+v %v", d, err)
	}
	for _, bad := range []string{"", "vllm serve", "vllm serve --model --port 80", "vllm serve m 'x",
		"vllm serve m --port x"} {
		if d, err := Command(bad, nil); err == nil {
			t.Errorf("%q: taken as %+v", bad, d)
		}
	}
}

// Whatever a line or a file holds, it is read or refused, no mark of ours is left in what is written, and what is found
// makes a scenario's targets.
func FuzzCommand(f *testing.F) {
	for _, line := range []string{"vllm serve m --port 1 --api-key $X", `sh -c "vllm serve 'm'"`,
		"export A=1; if [ -z \"$B\" ]; then vllm serve ${C:-m}; fi",
		`docker run -itp8000:80 --gpus '"device=1"' -e A=$B vllm/x --model m`,
		"case $A in a*) vllm serve ${A%%b}$((1+2)) ;; esac", "eval vllm serve {a,b} | tee x"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := Command(s, nil)
		if err == nil && len(d.Targets) != 1 {
			t.Fatalf("%q: %d targets", s, len(d.Targets))
		}
		noMarks(t, d, err, s)
	})
}

func FuzzCompose(f *testing.F) {
	files, err := filepath.Glob("testdata/field/*.yml")
	if err != nil || len(files) == 0 {
		f.Fatal(err, files)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	f.Fuzz(func(t *testing.T, s string) {
		d, err := Read("c.yml", []byte(s), Env{"HF_TOKEN": "canary-value", "A": "b"}, nil)
		noMarks(t, d, err, s)
		if all := fmt.Sprintf("%#v %v", d, err); strings.Contains(all, "canary-value") &&
			!strings.Contains(s, "canary-value") {
			t.Fatalf("%q: a secret in %s", s, all)
		}
	})
}

func noMarks(t *testing.T, d Deployment, err error, given string) {
	t.Helper()
	if all := fmt.Sprintf("%v %v", d, err); strings.ContainsAny(all, "\x01\x02\x03\x04") &&
		!strings.ContainsAny(given, "\x01\x02\x03\x04") && !strings.Contains(given, "\\") {
		t.Fatalf("%q: a mark in %q", given, all)
	}
}

// A .env file is read or refused, and a refusal shows no value.
func FuzzReadEnv(f *testing.F) {
	f.Add("A=b\nexport HF_TOKEN='canary'\n# x\nB=\"${A}\"\n")
	f.Fuzz(func(t *testing.T, text string) {
		if _, err := ReadEnv(strings.NewReader(text)); err != nil && err.Error() != "not a file of NAME=value lines" {
			t.Fatal(err)
		}
	})
}
