package compose

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// A wrapper is a program that starts the one behind its own words.
type wrapper struct {
	under  string // its subcommand that does, when it has several
	values string // its flags that take a word of their own
	words  int    // its own words in front of the program
	search bool   // its flags are too many to know: the program is the first word that is one
}

var wrappers = map[string]wrapper{
	"nohup": {}, "exec": {values: "-a"}, "command": {}, "builtin": {}, "time": {values: "-f -o --format --output"},
	"env":  {values: "-u -C --unset --chdir"},
	"sudo": {values: "-u -g -h -p -C -r -t -T -U -D -R --user --group --host --prompt --chdir --role --type"},
	"doas": {values: "-u -C"},
	"nice": {values: "-n --adjustment"}, "ionice": {values: "-c -n --class --classdata"}, "chrt": {words: 1}, "setsid": {},
	"unbuffer": {},
	"numactl":  {values: "-m -N -C -i -p --membind --cpunodebind --physcpubind --interleave --preferred"},
	"taskset":  {words: 1}, "stdbuf": {values: "-i -o -e --input --output --error"},
	"timeout": {values: "-k -s --kill-after --signal", words: 1},
	"tini":    {values: "-p -e"}, "dumb-init": {values: "-r --rewrite"}, "catchsegv": {}, "caffeinate": {values: "-t -w"},
	"flock": {words: 1},
	"gosu":  {words: 1}, "su-exec": {words: 1}, "s6-setuidgid": {words: 1}, "chpst": {values: "-u -U -e -n"},
	"envdir": {words: 1}, "with-contenv": {},
	"opentelemetry-instrument": {search: true}, "ddtrace-run": {}, "newrelic-admin": {words: 1},
	"proxychains4": {values: "-f"},
	"srun":         {search: true}, "mpirun": {search: true}, "mpiexec": {search: true}, "orterun": {search: true},
	"systemd-run": {search: true},
	"nsys":        {under: "profile", search: true}, "ncu": {search: true}, "py-spy": {under: "record", search: true},
	"perf":   {under: "record", search: true},
	"strace": {search: true}, "gdb": {search: true}, "prlimit": {search: true}, "cgexec": {values: "-g"},
	"unshare": {search: true}, "chroot": {words: 1},
	"uv": {under: "run", search: true}, "uvx": {search: true}, "pipx": {under: "run", search: true},
	"poetry": {under: "run"}, "pipenv": {under: "run"},
	"pixi": {under: "run", search: true}, "hatch": {under: "run", search: true}, "rye": {under: "run"},
	"pdm":   {under: "run"},
	"conda": {under: "run", search: true}, "mamba": {under: "run", search: true},
	"micromamba":  {under: "run", search: true},
	"singularity": {search: true}, "apptainer": {search: true}, "enroot": {under: "start", search: true},
	"dotenv": {search: true}, "doppler": {search: true}, "op": {search: true}, "infisical": {search: true},
	"aws-vault": {search: true},
}

// engines are servers that are not vLLM, by program or Python module.
var engines = map[string]string{
	"trtllm-serve": "TensorRT-LLM", "tensorrt_llm": "TensorRT-LLM", "tritonserver": "Triton",
	"launch_triton_server": "Triton",
	"llama-server":         "llama.cpp", "llama_cpp": "llama.cpp", "llamafile": "llama.cpp", "koboldcpp": "llama.cpp",
	"llama-box": "llama.cpp", "llama-swap": "llama.cpp",
	"text-generation-launcher": "TGI", "text-generation-server": "TGI",
	"text-embeddings-router": "Text Embeddings Inference", "infinity_emb": "Infinity",
	"sglang": "SGLang", "sglang_router": "SGLang", "lmdeploy": "LMDeploy", "ollama": "Ollama", "mlc_llm": "MLC LLM",
	"mlx_lm": "MLX", "mlx_vlm": "MLX", "lms": "LM Studio",
	"mistralrs-server": "mistral.rs", "mistralrs": "mistral.rs", "aphrodite": "Aphrodite", "lightllm": "LightLLM",
	"tabbyapi": "TabbyAPI", "exllamav2": "ExLlama",
	"fastchat": "FastChat", "openllm": "OpenLLM", "bentoml": "BentoML", "xinference": "Xinference",
	"xinference-local": "Xinference", "litellm": "LiteLLM",
	"ktransformers": "KTransformers", "deepspeed": "DeepSpeed", "mii": "DeepSpeed", "dynamo": "Dynamo",
	"dynamo-run": "Dynamo", "ray": "Ray", "max": "MAX",
	"transformers": "Transformers", "tgi": "TGI", "nim": "NIM",
}

// clients send to servers.
var clients = []string{"aiperf", "genai-perf", "guidellm", "inference-perf", "inference_perf", "lm_eval", "lm-eval",
	"evalscope", "vegeta", "hey", "wrk", "wrk2", "ab",
	"locust", "k6", "oha", "bombardier", "loadgen", "curl", "wget", "http", "openai", "llmperf", "fmperf", "ais-bench",
	"benchmark_serving", "bench_serving", "benchmark_throughput"}

// otherImages are images of servers that are not vLLM, by a part of their name.
var otherImages = []struct{ part, engine string }{
	{"sglang", "SGLang"}, {"text-generation-inference", "TGI"}, {"text-embeddings-inference", "Text Embeddings Inference"},
	{"llama.cpp", "llama.cpp"},
	{"llama-cpp", "llama.cpp"}, {"tensorrt", "TensorRT-LLM"}, {"trtllm", "TensorRT-LLM"}, {"tritonserver", "Triton"},
	{"ollama", "Ollama"}, {"lmdeploy", "LMDeploy"},
	{"aphrodite", "Aphrodite"}, {"litellm", "LiteLLM"}, {"nvcr.io/nim/", "NIM"}, {"localai", "LocalAI"},
	{"infinity", "Infinity"}, {"mistral.rs", "mistral.rs"}, {"koboldcpp", "llama.cpp"},
	{"xinference", "Xinference"}, {"lightllm", "LightLLM"}, {"tabbyapi", "TabbyAPI"},
}

func otherEngine(image string) string {
	for _, o := range otherImages {
		if strings.Contains(strings.ToLower(image), o.part) && !strings.Contains(image, "vllm") {
			return o.engine
		}
	}
	return ""
}

var (
	assignment = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_]*)=((?s).*)$`)
	python     = regexp.MustCompile(`^(python|pypy)[0-9.]*(\.exe)?$`)
	ownScript  = regexp.MustCompile(`\.(sh|bash|py|pl|rb|js|cmd|ps1)$`)
)

var shells = []string{"sh", "bash", "dash", "ash", "zsh", "ksh", "busybox"}

var containers = []string{"docker", "podman", "nerdctl"}

func isProgram(word string) bool {
	name := path.Base(word)
	_, wraps := wrappers[name]
	_, engine := engines[name]
	return wraps || engine || name == "vllm" || python.MatchString(name) || slices.Contains(shells, name) ||
		slices.Contains(containers, name) ||
		slices.Contains(clients, name) ||
		slices.Contains([]string{"su", "runuser", "tmux", "screen", "ssh", "kubectl", "eval"}, name)
}

// run follows what a list of words starts.
func (s *shell) run(words []string) error {
	for depth := 0; len(words) > 0; depth++ {
		if depth > 20 {
			return errTooDeep
		}
		if m := assignment.FindStringSubmatch(words[0]); m != nil {
			s.vars[m[1]] = m[2]
			words = words[1:]
			continue
		}
		w, wraps := wrappers[path.Base(words[0])]
		if !wraps {
			return s.program(words)
		}
		inside := w.inside(words)
		if inside == nil {
			s.otherwise("%s starts no server", path.Base(words[0]))
			return nil
		}
		words = inside
	}
	return nil
}

// fromProgram are the words from the first one on that is a program, or sets a variable for one. Subtle: vllm is one
// only in front of its own words; behind --with or as a session's name it is not.
func fromProgram(words []string) []string {
	for i, a := range words {
		name := path.Base(a)
		switch {
		case name == "vllm" && (i+1 == len(words) || !slices.Contains(vllmWords, words[i+1])):
		case name == "exec" || name == "command" || name == "run":
		case isProgram(a), assignment.MatchString(a) && !strings.HasPrefix(a, "-"):
			return words[i:]
		}
	}
	return nil
}

// vllmWords are what vllm can be told to do.
var vllmWords = []string{"serve", "bench", "chat", "complete", "run-batch", "collect-env"}

// inside are the words of the program that a wrapper starts; nil: it starts none.
func (w wrapper) inside(words []string) []string {
	rest := words[1:]
	if w.under != "" {
		i := slices.Index(rest, w.under)
		if i < 0 {
			return nil
		}
		rest = rest[i+1:]
	}
	if w.search {
		if i := slices.Index(rest, "--"); i >= 0 && i+1 < len(rest) && isProgram(rest[i+1]) {
			return rest[i+1:]
		}
		return fromProgram(rest)
	}
	for len(rest) > 0 && strings.HasPrefix(rest[0], "-") {
		takes := slices.Contains(strings.Fields(w.values), rest[0])
		end := rest[0] == "--"
		if rest = rest[1:]; end {
			break
		}
		if takes && len(rest) > 0 {
			rest = rest[1:]
		}
	}
	if len(rest) <= w.words {
		return nil
	}
	return rest[w.words:]
}

// program follows a program that is no wrapper.
func (s *shell) program(words []string) error {
	name := path.Base(words[0])
	switch {
	case name == "vllm":
		s.vllm(words[1:])
	case python.MatchString(name):
		s.python(words[1:])
	case slices.Contains(shells, name):
		return s.shellProgram(name, words[1:])
	case slices.Contains(containers, name):
		return s.container(name, words[1:])
	case name == "su" || name == "runuser":
		if i := slices.Index(words, "-c"); i > 0 && i+1 < len(words) {
			return s.script(words[i+1])
		}
		if i := slices.Index(words, "--"); i > 0 {
			return s.run(words[i+1:])
		}
	case name == "eval":
		return s.evaluated(strings.Join(words[1:], " "))
	case name == "tmux" || name == "screen":
		return s.inTerminal(words[1:])
	case name == "ssh" || name == "kubectl" || name == "oc" || name == "helm" || name == "systemctl":
		s.otherwise("%s starts it elsewhere", name)
	case engines[name] != "":
		s.engine(name, engines[name])
	case slices.Contains(clients, strings.TrimSuffix(name, ".py")):
		s.otherwise("%s is a client of servers", clip(name))
	case ownScript.MatchString(name):
		s.otherwise("%s is a script of its own, which is not read", programName(words[0]))
	default:
		s.otherwise("%s is not known as a way to start vLLM", programName(words[0]))
	}
	return nil
}

// evaluated follows what eval reads.
func (s *shell) evaluated(text string) error {
	if unknownMark.MatchString(text) {
		s.otherwise("it evaluates a text that is not known here")
		return nil
	}
	return s.script(text)
}

// inTerminal follows what tmux and screen start: a text, or words.
func (s *shell) inTerminal(words []string) error {
	if inside := fromProgram(words); inside != nil && !strings.Contains(inside[0], " ") {
		return s.run(inside)
	}
	for _, w := range words {
		if strings.Contains(w, " ") {
			return s.script(w)
		}
	}
	return nil
}

// otherwise keeps why something starts no server of vLLM.
func (s *shell) otherwise(format string, args ...any) {
	s.other = append(s.other, fmt.Sprintf(format, args...))
}

// engine keeps the name of another engine, in front of all else that was passed by.
func (s *shell) engine(program, name string) {
	says := "it starts " + name
	if !strings.EqualFold(program, name) {
		says += " (" + clip(program) + ")"
	}
	s.other = append([]string{says + ", whose flags are not vLLM's"}, s.other...)
}

// serve keeps a server of vLLM.
func (s *shell) serve(args []string) {
	vars := map[string]string{}
	for k, v := range s.vars {
		vars[k] = v
	}
	s.found = append(s.found, launch{args: slices.Clone(args), vars: vars, maybe: s.maybe, around: s.around})
}

func (s *shell) vllm(args []string) {
	switch {
	case len(args) > 0 && args[0] == "serve":
		s.serve(args[1:])
	case len(args) > 0 && !strings.HasPrefix(args[0], "-"):
		s.otherwise("vllm %s starts no server", subcommand(args[0]))
	default:
		s.otherwise("vllm without serve starts no server")
	}
}

func (s *shell) python(args []string) {
	for len(args) > 0 && strings.HasPrefix(args[0], "-") && args[0] != "-m" && args[0] != "-c" {
		if takes := args[0] == "-X" || args[0] == "-W"; takes && len(args) > 1 {
			args = args[1:]
		}
		args = args[1:]
	}
	switch {
	case len(args) == 0:
	case args[0] == "-c":
		s.otherwise("it starts Python code of its own")
	case args[0] == "-m" && len(args) > 1:
		s.module(args[1], args[2:])
	case path.Base(args[0]) == "vllm":
		s.vllm(args[1:])
	case strings.HasSuffix(args[0], "vllm/entrypoints/openai/api_server.py"):
		s.serve(args[1:])
	case slices.Contains(clients, strings.TrimSuffix(path.Base(args[0]), ".py")):
		s.otherwise("%s is a client of servers", clip(path.Base(args[0])))
	default:
		s.otherwise("%s is a script of its own, which is not read", programName(args[0]))
	}
}

func (s *shell) module(name string, args []string) {
	root, _, _ := strings.Cut(name, ".")
	switch {
	// also of vendors' own builds
	case strings.Contains(name, "vllm") && strings.HasSuffix(name, ".entrypoints.openai.api_server"):
		s.serve(args)
	case name == "vllm" || name == "vllm.entrypoints.cli.main" || name == "vllm.scripts":
		s.vllm(args)
	case name == "vllm.entrypoints.api_server":
		s.otherwise("vllm.entrypoints.api_server is the demonstration server without the OpenAI API")
	case engines[root] != "":
		s.engine(name, engines[root])
	case slices.Contains(clients, root) || slices.Contains(clients, name[strings.LastIndex(name, ".")+1:]):
		s.otherwise("%s is a client of servers", clip(name))
	default:
		s.otherwise("the Python module %s is not known as a way to start vLLM", moduleName(name))
	}
}

// shellProgram follows sh -c SCRIPT $0 $1 …, however its flags are bundled.
func (s *shell) shellProgram(name string, args []string) error {
	if name == "busybox" && len(args) > 0 && slices.Contains(shells, args[0]) {
		args = args[1:]
	}
	script := false
	for len(args) > 0 && len(args[0]) > 1 && (args[0][0] == '-' || args[0][0] == '+') && args[0] != "--" {
		flag := args[0]
		args = args[1:]
		if strings.HasPrefix(flag, "--") {
			continue // --login, --norc
		}
		script = script || strings.Contains(flag, "c")
		if (strings.HasSuffix(flag, "o") || strings.HasSuffix(flag, "O")) && len(args) > 0 {
			args = args[1:] // pipefail
		}
	}
	if len(args) > 0 && args[0] == "--" {
		args = args[1:]
	}
	switch {
	case len(args) == 0:
		s.otherwise("%s is given no script", name)
	case script:
		before := s.params
		s.params = args[1:]
		err := s.script(args[0])
		s.params = before
		return err
	default:
		s.otherwise("%s is a script of its own, which is not read", programName(args[0]))
	}
	return nil
}
