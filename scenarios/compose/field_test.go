package compose

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"loadgen/scenarios"
)

// A lesson is what a reader is to learn: targets as "name url model key [gpus] settings", and words of notes or of the
// refusal.
type lesson struct {
	targets []string
	says    []string
}

func shown(t scenarios.Target) string {
	out := strings.Join(strings.Fields(fmt.Sprint(t.Name, " ", t.URL, " ", t.Model, " ", t.APIKeyEnv)), " ")
	if len(t.GPUs) > 0 {
		out += fmt.Sprint(" ", t.GPUs)
	}
	for _, name := range t.Settings.Names() {
		out += fmt.Sprintf(" %s=%v", name, t.Settings[name])
	}
	return out
}

func (w lesson) check(t *testing.T, what string, d Deployment, err error) {
	t.Helper()
	text := strings.Join(d.Notes, "\n")
	if err != nil {
		text = err.Error()
	}
	var targets []string
	for _, target := range d.Targets {
		targets = append(targets, shown(target))
	}
	if !reflect.DeepEqual(targets, w.targets) {
		t.Errorf("%s\ngot  %q\nwant %q\n%s", what, targets, w.targets, text)
	}
	for _, says := range w.says {
		if !strings.Contains(text, says) {
			t.Errorf("%s: not said: %s\n%s", what, says, text)
		}
	}
	for _, word := range []string{"EXAMPLE", "interface {}", "\x01", "\x02"} {
		if all := fmt.Sprintf("%+v", d) + text; strings.Contains(all, word) {
			t.Errorf("%s: %q stands in what is written:\n%s", what, word, all)
		}
	}
}

func TestComposeFilesOfTheField(t *testing.T) {
	for name, want := range map[string]lesson{
		"01-shell-flag-lc": {targets: []string{"llm http://localhost:8000 example-model max-num-seqs=64 " +
			"served-model-name=example-model tensor-parallel-size=4"}},
		"02-shell-several-commands": {targets: []string{"llm http://localhost:8000 org/model max-model-len=8192"}},
		"04-shell-comment":          {targets: []string{"llm http://localhost:8100 org/model max-num-seqs=8"}},
		"06-own-entrypoint-script": {says: []string{"service llm: its entrypoint", "/start.sh is a script of its own",
			"--command", "--url", "MODEL_NAME=org/model"}},
		"07-profiles": {targets: []string{"small http://localhost:8001 org/small",
			"large http://localhost:8002 org/large tensor-parallel-size=2"},
			says: []string{"large: it is started only with the profile gpu"}},
		"08-extends": {targets: []string{"chat http://localhost:8010 org/model max-num-seqs=64"},
			says: []string{"service base is what others extend"}},
		"09-include": {says: []string{"include is not followed", "--compose vllm.yml"}},
		"10-config-file": {targets: []string{"b http://localhost:9001 org/model"},
			says: []string{"service a: its model stands in /etc/vllm.yaml, which is not read",
				"b: its settings stand in /etc/vllm.yaml, which is not read"}},
		"11-embedding": {targets: []string{"chat http://localhost:8001 org/chat"},
			says: []string{"service embed is left out: --runner pooling serves no text"}},
		"13-two-without-ports": {targets: []string{"a http://localhost:8000 org/a", "b http://localhost:8000 org/b"},
			says: []string{"service proxy, which publishes 80", "http://localhost:8000 is a guess"}},
		"14-pipeline-parallel": {targets: []string{"llm http://localhost:8000 org/model [0 1 2] pipeline-parallel-size=3 " +
			"tensor-parallel-size=1"}},
		"15-big-int": {targets: []string{"llm http://localhost:8000 org/model kv-cache-memory-bytes=6442450944"}},
		"16-max-model-len-auto": {targets: []string{"llm http://localhost:8000 org/model"},
			says: []string{"--max-model-len auto"}},
		"17-token-variable": {
			targets: []string{"llm http://localhost:8000 org/model max-model-len=4096 tokenizer=org/tok"}},
		"18-unset-variable": {says: []string{"service llm", "LLM_MODEL_ID has no value", "--env-file",
			"exported variables are not read"}},
		"19-unset-elsewhere": {targets: []string{"llm http://localhost:8000 org/model"},
			says: []string{"service ui", "UI_PORT", "--env-file"}},
		"20-build-only": {targets: []string{"vllm http://localhost:8000 org/model"}, says: []string{"built here"}},
		"21-no-model":   {says: []string{"service llm runs vLLM, but its command names no model", "VLLM_ARGS"}},
		"23-tls":        {targets: []string{"llm https://localhost:8443 org/model"}, says: []string{"TLS"}},
		"25-names": {targets: []string{"llm http://localhost:8000 first enable-lora=true served-model-name=first"},
			says: []string{"also served as second", "LoRA adapters a, b"}},
		"31-second-key": {says: []string{"its model stands in /etc/vllm.yaml"}},
	} {
		data, err := os.ReadFile(filepath.Join("testdata/field", name+".yml"))
		if err != nil {
			t.Fatal(err)
		}
		d, err := Read("c.yml", data, nil, nil)
		want.check(t, name, d, err)
	}
}

// Siblings of those kinds.
func TestComposeFilesLikeThem(t *testing.T) {
	dir := fstest.MapFS{
		"conf/vllm.yaml": {Data: []byte("model: org/model\nport: 8000\nmax_model_len: 4096\nenforce-eager: " +
			"true\nenable-prefix-caching: false\nserved_model_name: [a, b]\napi-key: [EXAMPLE-1, EXAMPLE-2]\n")},
		"vars.env": {Data: []byte("MODEL=org/of-env-file\nHF_TOKEN=EXAMPLE\n")},
	}
	for file, want := range map[string]lesson{
		// scripts
		`{image: vllm/vllm-openai, entrypoint: [sh, -euxc, "vllm serve $$MODEL $$EXTRA --port 8000"], environment: ` +
			`[MODEL=org/m], ports: ["1:8000"]}`: {
			targets: []string{"a http://localhost:1 org/m"}, says: []string{"EXTRA has no value"}},
		`{image: x, command: [bash, -c, 'if [ -n "$$LORA" ]; then exec vllm serve org/lora; fi; exec vllm serve org/m'], ` +
			`ports: ["1:8000"]}`: {targets: []string{"a http://localhost:1 org/m"}},
		`{image: x, command: [bash, -c, 'if [ -f /x ]; then exec vllm serve org/a; else exec vllm serve org/b; fi'], ` +
			`ports: ["1:8000"]}`: {says: []string{"service a", "one of 2 servers", "condition"}},
		`{image: x, command: [bash, -c, 'if [ -f /x ]; then TP=2; else TP=4; fi; vllm serve org/m -tp $$TP'], ports: ` +
			`["1:8000"]}`: {
			targets: []string{"a http://localhost:1 org/m"}, says: []string{"TP is set under a condition"}},
		`{image: x, command: [bash, -c, 'for p in 1 2; do vllm serve org/m --port 800$$p & done; wait'], ports: ` +
			`["1:8000"]}`: {says: []string{"service a", "a loop in its script"}},
		`{image: x, command: [bash, -c, 'run() { vllm serve org/m; }; run'], ports: ["1:8000"]}`: {says: []string{"service a",
			"a function in its script"}},
		`{image: x, command: [bash, -c, 'vllm serve org/m & until curl -s localhost:8000; do sleep 1; done; wait'], ports: ` +
			`["1:8000"]}`: {targets: []string{"a http://localhost:1 org/m"}},
		`{image: x, command: [bash, -c, 'M="$${MODEL:-org/default}"; : "$${LEN:=2048}"; python3 -m ` +
			`vllm.entrypoints.openai.api_server --model="$$M" --max-model-len "$$LEN" 2>&1 | tee /log'], ports: ["1:8000"]}`: {
			targets: []string{"a http://localhost:1 org/default max-model-len=2048"}},
		`{image: x, command: [bash, -c, 'vllm serve org/m --tensor-parallel-size $$(nvidia-smi -L | wc -l)'], ports: ` +
			`["1:8000"]}`: {
			targets: []string{"a http://localhost:1 org/m"},
			says:    []string{"--tensor-parallel-size", "a command's answer is not known here"}},
		`{image: x, command: [bash, -c, 'case "$$SIZE" in big) M=org/big;; *) M=org/small;; esac; vllm serve $$M'], ` +
			`environment: {SIZE: big}, ports: ["1:8000"]}`: {targets: []string{"a http://localhost:1 org/big"}},
		`{image: vllm/vllm-openai, entrypoint: [bash, -c, 'exec vllm serve "$$@"', x], command: [org/m, --port, "7"], ` +
			`ports: ["1:7"]}`: {targets: []string{"a http://localhost:1 org/m"}},
		`{image: vllm/vllm-openai, env_file: vars.env, command: [sh, -c, "vllm serve $$MODEL"], ports: ` +
			`["1:8000"]}`: {targets: []string{"a http://localhost:1 org/of-env-file"}},
		`{image: vllm/vllm-openai, command: [bash, /opt/start.sh], ports: ["1:8000"]}`: {says: []string{"service a",
			"/opt/start.sh is a script of its own"}},
		`{image: vllm/vllm-openai, entrypoint: [python3, /app/server.py], ports: ["1:8000"], environment: {MODEL_ID: ` +
			`org/hint}}`: {says: []string{"service a", "/app/server.py", "MODEL_ID=org/hint"}},
		`{image: vllm/vllm-openai, command: [sh, -c, "vllm serve 'org/m"], ports: ["1:8000"]}`: {says: []string{"service a",
			"the shell cannot read line 1"}},
		`{image: vllm/vllm-openai, command: "--model $$MODEL", ports: ["1:8000"]}`: {says: []string{"service a",
			"no shell reads it"}},
		`{image: vllm/vllm-openai, command: "--model org/m --max-num-seqs 4 | tee /log", ports: ` +
			`["1:8000"]}`: {targets: []string{"a http://localhost:1 org/m max-num-seqs=4"},
			says: []string{"what follows there is not passed on"}},
		// keys
		`{image: "reg.io/user:EXAMPLE@reg.io/vllm:1", command: [org/m, --api-key, EXAMPLE-A, EXAMPLE-B], ports: ` +
			`["1:8000"]}`: {targets: []string{"a http://localhost:1 org/m VLLM_API_KEY_A"}},
		`{image: vllm, command: [org/m, --hf-overrides, '{"token": "EXAMPLE", "rope_theta": 5}', --tokenizer, ` +
			`"https://u:EXAMPLE@host/x"], ports: ["1:8000"]}`: {
			targets: []string{"a http://localhost:1 org/m hf-overrides=map[rope_theta:5] tokenizer=https://host/x"},
			says:    []string{"--hf-overrides holds a key"}},
		`{image: vllm, command: [org/m, --not-a-flag, sk-EXAMPLE123], ports: ["1:8000"]}`: {
			targets: []string{"a http://localhost:1 org/m"}},
		`{image: vllm, command: [--not-a-flag, sk-EXAMPLE123, more], ports: ["1:8000"]}`: {
			says: []string{"service a", "names no model"}},
		`{image: vllm, command: [sh, -c, "vllm serve org/m --api-key $$K"], environment: {K: EXAMPLE}, ports: ` +
			`["1:8000"]}`: {targets: []string{"a http://localhost:1 org/m VLLM_API_KEY_A"}},
		// other rows
		`{image: vllm, command: [--config, /etc/v/vllm.yaml, --max-model-len, "8192"], volumes: ["./conf:/etc/v:ro"], ` +
			`ports: ["1:8000"]}`: {
			targets: []string{"a http://localhost:1 a VLLM_API_KEY_A enable-prefix-caching=false enforce-eager=true " +
				"max-model-len=8192 served-model-name=a"}, says: []string{"also served as b", "/etc/v/vllm.yaml are read too"}},
		`{image: vllm, command: [org/bge, --task, embed], ports: ["1:8000"]}`: {
			says: []string{"service a is left out: --task embed serves no text"}},
		`{image: vllm, command: [Qwen/Qwen3-Embedding-8B], ports: ["1:8000"]}`: {
			says: []string{"service a is left out", "embedding or reranking"}},
		`{image: vllm, command: [org/m, --task, generate], ports: ["1:8000"]}`: {
			targets: []string{"a http://localhost:1 org/m"}},
		`{image: vllm, command: [org/m, --max-model-len, "-1"], ports: ["1:8000"]}`: {
			targets: []string{"a http://localhost:1 org/m"}, says: []string{"--max-model-len -1"}},
		`{image: "lmsysorg/sglang:latest", command: python3 -m sglang.launch_server --model org/m, ports: ` +
			`["1:30000"]}`: {says: []string{"no service runs vLLM", "SGLang"}},
		`{image: "ghcr.io/huggingface/text-generation-inference:3", command: --model-id org/m, ports: ` +
			`["1:80"]}`: {says: []string{"no service runs vLLM", "TGI"}},
		`{image: vllm, command: bench serve --model org/m, ports: ["1:8000"]}`: {
			says: []string{"service a", "vllm bench starts no server"}},
		`{image: vllm, command: [org/m], ports: ["${PORT}:8000"]}`: {
			targets: []string{"a http://localhost:8000 org/m"}, says: []string{"PORT has no value", "--env-file", "a guess"}},
		`{image: vllm, command: [org/m], deploy: {resources: {reservations: {devices: [{driver: nvidia, device_ids: ["2", ` +
			`"3"], capabilities: [gpu]}]}}}, environment: {CUDA_VISIBLE_DEVICES: "1"}, ports: ["1:8000"]}`: {
			targets: []string{"a http://localhost:1 org/m [3]"}},
		`{image: vllm, command: [org/m], environment: [VLLM_API_KEY], ports: ["1:8000"], deploy: ` +
			`{replicas: 2}}`: {targets: []string{"a http://localhost:1 org/m VLLM_API_KEY"}, says: []string{"2 replicas"}},
		`{image: vllm, command: [org/m, --kv-transfer-config, '{"kv_role":"kv_producer"}'], ports: ` +
			`["1:8000"]}`: {targets: []string{"a http://localhost:1 org/m"}, says: []string{"one half of a pair"}},
		`{image: vllm, command: [org/m], network_mode: "service:b"}, b: {image: vpn, ports: ["7:8000"]}`: {
			targets: []string{"a http://localhost:7 org/m"}, says: []string{"service b is not taken for vLLM"}},
		`{image: "vllm/production-stack/router:1", command: [--port, "1"]}`: {
			says: []string{"no service runs vLLM"}},
		`{image: vllm, command: [org/m], extends: {file: other.yml, service: b}, ports: ["1:8000"]}`: {
			targets: []string{"a http://localhost:1 org/m"}, says: []string{"other.yml, which is not followed"}},
	} {
		d, err := Read("c.yml", []byte("services: {a: "+file+"}"), nil, dir)
		want.check(t, file, d, err)
	}
}

// No word of a command leaves the comment that it is noted in.
func TestNotesStayOnTheirLine(t *testing.T) {
	d, err := Read("c.yml", []byte(`services: {a: {image: vllm, command: [org/m, "--x\ninjected: 1", `+
		`"--sk-EXAMPLE12345"], ports: ["1:8000"], profiles: ["p\nq: 1"]}}`), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	text := string(scenarios.Draft("d", "a\nfile: 1", d.Targets, d.Notes))
	if _, err := scenarios.Parse("x.yaml", []byte(text)); err != nil || strings.Contains(text, "\ninjected") ||
		strings.Contains(text, "EXAMPLE") || strings.Contains(text, "\nq:") || strings.Contains(text, "\nfile:") {
		t.Errorf("%v\n%s", err, text)
	}
}

// What is no Compose file is told so.
func TestOtherFiles(t *testing.T) {
	for text, says := range map[string]string{
		"apiVersion: apps/v1\nkind: Deployment\nspec: {}\n": "manifest of Kubernetes",
		"a: {image: vllm, command: --model m}\n":            "no services stand in it",
		"services: []\n":                                    "no services stand in it", "": "empty compose file",
		"\ufeffservices: {a: {image: vllm, command: [org/m, 3]}}\n": "must be a string",
	} {
		if d, err := Read("c.yml", []byte(text), nil, nil); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%q: want %q, got %v %+v", text, says, err, d)
		}
	}
}

func TestCommandLinesOfTheField(t *testing.T) {
	const at8000 = "server http://localhost:8000 org/model"
	dir := fstest.MapFS{"c.yaml": {Data: []byte("model: org/model\nmax-num-seqs: 8\n")}}
	for line, want := range map[string]lesson{
		"nohup vllm serve org/model --port 8123 &": {
			targets: []string{"server http://localhost:8123 org/model"}},
		"env A=1 vllm serve org/model --port 8123": {
			targets: []string{"server http://localhost:8123 org/model"}},
		"/opt/venv/bin/python3.12 /opt/venv/bin/vllm serve org/model": {
			targets: []string{at8000}},
		"export CUDA_VISIBLE_DEVICES=2; vllm serve org/model --port 8123": {
			targets: []string{"server http://localhost:8123 org/model [2]"}},
		"docker run -p 9001:8000 nvcr.io/nvidia/vllm:25.11-py3 vllm serve org/model": {
			targets: []string{"server http://localhost:9001 org/model"}},
		`docker run -p 9001:8000 --entrypoint bash vllm/vllm-openai -c "pip install x && vllm serve ` +
			`org/model"`: {targets: []string{"server http://localhost:9001 org/model"}},
		"sudo docker run -p 9001:8000 vllm/vllm-openai --model org/model": {
			targets: []string{"server http://localhost:9001 org/model"}},
		"docker run -p 9001:8000 -p 2222:22 vllm/vllm-openai --model org/model": {
			targets: []string{"server http://localhost:9001 org/model"}},
		`docker run --gpus '"device=1"' -e CUDA_VISIBLE_DEVICES=1 vllm/vllm-openai --model org/model`: {
			targets: []string{at8000 + " [1]"}, says: []string{"a guess"}},
		"docker run -e VLLM_API_KEY=sk-EXAMPLE vllm/vllm-openai --model org/model": {
			targets: []string{at8000 + " VLLM_API_KEY"}, says: []string{"export it as VLLM_API_KEY"}},
		"vllm serve --config c.yaml --api-key EXAMPLE-ONE EXAMPLE-TWO": {
			targets: []string{at8000 + " VLLM_API_KEY max-num-seqs=8"}},
		"vllm serve --config d.yaml --api-key EXAMPLE-ONE EXAMPLE-TWO": {
			says: []string{"its model stands in d.yaml, which is not read"}},
		"vllm bench serve --model org/model --num-prompts 100": {
			says: []string{"vllm bench starts no server"}},
		"trtllm-serve org/model --port 8000": {
			says: []string{"TensorRT-LLM"}},
		`vllm serve "$MODEL" --max-num-seqs 64`: {
			says: []string{"MODEL has no value in the line"}},
		"vllm serve org/model --port $PORT": {
			targets: []string{at8000}, says: []string{"PORT has no value in the line", "port 8000 is a guess"}},
		"vllm serve org/model --kv-cache-memory-bytes 6442450944": {
			targets: []string{at8000 + " kv-cache-memory-bytes=6442450944"}},
		"vllm serve org/model --max-model-len auto": {
			targets: []string{at8000}, says: []string{"--max-model-len auto"}},
		"vllm serve org/model --host 10.2.3.4": {
			targets: []string{"server http://10.2.3.4:8000 org/model"}},
		// their like
		"numactl -N 0 -m 0 taskset -c 0-15 vllm serve org/model": {
			targets: []string{at8000}},
		"sudo -u vllm -E env -u X HF_TOKEN=EXAMPLE nice -n 5 vllm serve org/model": {
			targets: []string{at8000}},
		"srun -N1 --gres=gpu:2 --container-image=x vllm serve org/model -tp 2": {
			targets: []string{at8000 + " tensor-parallel-size=2"}},
		"uv run vllm serve org/model": {
			targets: []string{at8000}},
		"conda run -n llm --no-capture-output python -m vllm.entrypoints.openai.api_server --model " +
			"org/model": {targets: []string{at8000}},
		"cd /srv && source venv/bin/activate && MODEL=org/model && exec vllm serve $MODEL": {
			targets: []string{at8000}, says: []string{"venv/bin/activate, which is not read"}},
		"P=8000; vllm serve org/model --port $((P+1))": {
			targets: []string{"server http://localhost:8001 org/model"}},
		"vllm serve org/model --port $((P+1))": {
			targets: []string{at8000}, says: []string{"port 8000 is a guess"}},
		"ExecStart=/usr/bin/vllm serve org/model": {
			targets: []string{at8000}},
		"tmux new-session -d -s x 'vllm serve org/model'": {
			targets: []string{at8000}},
		"CUDA_VISIBLE_DEVICES=0,1 timeout -k 5 1h vllm serve org/model --api-key $ONE_KEY": {
			targets: []string{at8000 + " ONE_KEY [0 1]"}},
		"docker run -itd --rm -p127.0.0.1:9001:8080/tcp --name=x -v a:/b --shm-size 1g vllm/vllm-openai:v0.8.5 --model " +
			"org/model --port=8080 --enable-reasoning": {
			targets: []string{"server http://localhost:9001 org/model enable-reasoning=true"}},
		"docker run --network host --gpus all vllm/vllm-openai --model org/model --host 0.0.0.0 --port 9": {
			targets: []string{"server http://localhost:9 org/model"}},
		"podman run --device nvidia.com/gpu=2 -p 9001:8000 quay.io/org/vllm --model org/model": {
			targets: []string{"server http://localhost:9001 org/model [2]"}},
		"docker run -p 8080:80 ghcr.io/huggingface/text-generation-inference --model-id org/model": {
			says: []string{"TGI"}},
		"docker run -p 1:2 my/image --model org/model": {
			says: []string{"my/image is not known"}},
		"docker compose up -d":                                                        {says: []string{"--compose"}},
		"python -m sglang.launch_server --model-path org/model":                       {says: []string{"SGLang"}},
		"llama-server -m x.gguf":                                                      {says: []string{"llama.cpp"}},
		"text-generation-launcher --model-id org/model":                               {says: []string{"TGI"}},
		"python benchmark_serving.py --model org/model":                               {says: []string{"client"}},
		"uv run --python 3.12 --with vllm vllm serve org/model":                       {targets: []string{at8000}},
		"screen -dmS vllm bash -c 'vllm serve org/model'":                             {targets: []string{at8000}},
		"apptainer exec --nv vllm.sif vllm serve org/model":                           {targets: []string{at8000}},
		"python -m ipex_llm.vllm.xpu.entrypoints.openai.api_server --model org/model": {targets: []string{at8000}},
		"vllm serve org/model --limit-mm-per-prompt image=4,video=1": {targets: []string{at8000 +
			" limit-mm-per-prompt=map[image:4 video:1]"}},
		"vllm serve org/model --port 70000": {
			says: []string{"--port 70000 is no port"}},
		"docker run -e VLLM_API_KEY -p 8000:8000 vllm/vllm-openai --model org/model": {targets: []string{at8000 +
			" VLLM_API_KEY"}},
		// a shell has it empty, too
		"MODEL=org/model vllm serve $MODEL":    {says: []string{"MODEL has no value in the line"}},
		"guidellm benchmark --target http://x": {says: []string{"client"}},
		"ssh box vllm serve org/model":         {says: []string{"elsewhere"}},
		"./start.sh --model org/model":         {says: []string{"script of its own"}},
		"org/model --port 8000": {
			says: []string{"not known as a way to start vLLM"}},
		"vllm serve org/embed-model --runner pooling": {says: []string{"serves no text"}},
		"for i in 0 1; do vllm serve org/model; done": {says: []string{"a loop"}},
		"vllm serve org/model --hf-overrides '{\"api_key\": \"EXAMPLE\"}'": {targets: []string{at8000 +
			" hf-overrides=map[]"}, says: []string{"holds a key"}},
		"vllm serve org/model --ssl-certfile c --ssl-keyfile k": {
			targets: []string{"server https://localhost:8000 org/model"}},
		"vllm serve s3://ID:EXAMPLE@bucket/m": {
			targets: []string{"server http://localhost:8000 s3://bucket/m"}},
		"vllm serve org/model --hf-overrides '{\"api_key\": EXAMPLE}'": {
			says: []string{"--hf-overrides: not JSON"}},
		"vllm serve org/model --max-num-seqs many": {
			says: []string{`expected a whole number, got "many"`}},
	} {
		d, err := Command(line, dir)
		want.check(t, line, d, err)
	}
}

// A key that stands where a number, a program or a sub-command belongs is not shown, whatever it looks like.
func TestKeysInTheWrongPlace(t *testing.T) {
	dir := fstest.MapFS{}
	for _, key := range []string{"Zq81Lm4Tx", "sk-EXAMPLE-abcdef", "abcdefghijkl", "8f14e45fceea167a5a36dedd4bea2543"} {
		for _, line := range []string{
			"vllm serve m --port KEY", "vllm serve m --max-num-seqs KEY", "vllm serve m --gpu-memory-utilization KEY",
			"vllm serve m --enforce-eager=KEY",
			"KEY", "KEY serve m", "env A=b KEY m", "nohup KEY m", "sudo -u x KEY m", "python KEY", "bash KEY", "sh -c KEY",
			"python -m KEY", "vllm KEY m", "vllm serve m --task KEY",
			"vllm serve m --runner KEY", "docker exec c KEY", "docker KEY x",
		} {
			d, err := Command(strings.ReplaceAll(line, "KEY", key), dir)
			if err == nil {
				t.Errorf("%s: taken: %+v", line, d)
			} else if strings.Contains(err.Error(), key) {
				t.Errorf("%s: %v", line, err)
			}
		}
	}
}
