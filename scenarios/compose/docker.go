package compose

import (
	"path"
	"slices"
	"strconv"
	"strings"
)

// A wrapping is what stands around a server that docker run starts.
type wrapping struct {
	inside bool // a container
	host   bool // with the host's network
	image  string
	ports  []published
	gpus   []string // device ids
}

// A published port: the container's own, and where the host has it.
type published struct {
	own, host int
	address   string
}

// bareFlags of docker run and podman run take no value; every other one takes one.
var bareFlags = strings.Fields(`
	-d -i -t -P -q --detach --init --interactive --tty --privileged --rm --read-only --no-healthcheck --oom-kill-disable
	--publish-all --sig-proxy --disable-content-trust --quiet --help --replace --rmi --tls-verify --no-hosts --no-hostname
	--read-only-tmpfs --rootfs --http-proxy --passwd --unsetenv-all`)

// container follows docker run, docker create and docker exec by docker's own rules for flags.
func (s *shell) container(program string, args []string) error {
	i := slices.IndexFunc(args, func(a string) bool {
		return slices.Contains([]string{"run", "create", "exec", "compose", "start", "service", "stack"}, a)
	})
	if i < 0 {
		s.otherwise("%s starts no server there", program)
		return nil
	}
	verb, args := args[i], args[i+1:]
	switch verb {
	case "compose", "stack":
		s.otherwise("%s %s starts what a Compose file says: give that file to --compose", program, verb)
		return nil
	case "start", "service":
		s.otherwise("%s %s does not say what it starts", program, verb)
		return nil
	}
	before := s.around
	defer func() { s.around = before }()
	s.around = wrapping{inside: true}
	var entrypoint []string
	args = s.containerFlags(args, &entrypoint)
	if len(args) == 0 {
		s.otherwise("%s %s names no image", program, verb)
		return nil
	}
	if verb == "exec" {
		s.note("where its container publishes the port is not told by %s exec", program)
		return s.run(args[1:])
	}
	s.around.image = args[0]
	if engine := otherEngine(args[0]); engine != "" && len(entrypoint) == 0 {
		s.engine(cleanImage(args[0]), engine)
		return nil
	}
	return s.image(args[0], entrypoint, args[1:])
}

// containerFlags reads the flags up to the image.
func (s *shell) containerFlags(args []string, entrypoint *[]string) []string {
	for len(args) > 0 && len(args[0]) > 1 && args[0][0] == '-' {
		if args[0] == "--" {
			return args[1:]
		}
		flag, value, inline := strings.Cut(args[0], "=")
		args = args[1:]
		if !strings.HasPrefix(flag, "--") { // a bundle: the last letter may take a value, and what follows it is one
			flag, value, inline = bundle(flag, value, inline)
		}
		if slices.Contains(bareFlags, flag) {
			continue
		}
		if !inline {
			if len(args) == 0 {
				return nil
			}
			value, args = args[0], args[1:]
		}
		s.containerFlag(flag, value, entrypoint)
	}
	return args
}

// bundle takes -itp8000:8000 apart: the flag that takes a value, and the value.
func bundle(flag, value string, inline bool) (string, string, bool) {
	if inline {
		value = "=" + value
	}
	for i := 1; i < len(flag); i++ {
		one := "-" + flag[i:i+1]
		if slices.Contains(bareFlags, one) {
			continue
		}
		rest := flag[i+1:] + value
		return one, strings.TrimPrefix(rest, "="), rest != ""
	}
	return "-d", "", false // all of it bare
}

func (s *shell) containerFlag(flag, value string, entrypoint *[]string) {
	switch flag {
	case "-p", "--publish":
		s.around.ports = append(s.around.ports, readPort(value)...)
	case "--network", "--net":
		s.around.host = value == "host"
	case "--gpus":
		s.around.gpus = gpuRequest(value)
	case "--device":
		if id, ok := strings.CutPrefix(value, "nvidia.com/gpu="); ok {
			s.around.gpus = append(s.around.gpus, id)
		}
	case "--entrypoint":
		*entrypoint = []string{value}
	case "-e", "--env":
		name, text, given := strings.Cut(value, "=")
		if !given {
			text = s.vars[name]
			if _, known := s.vars[name]; !known {
				text = unknownNamed(name)
			}
		}
		s.vars[name] = text
	case "--env-file":
		s.note("variables of %s are not read", clip(value))
	}
}

// gpuRequest are the device ids of --gpus: '"device=0,1"', device=1, all, 2.
func gpuRequest(value string) []string {
	value = strings.ReplaceAll(value, `"`, "")
	_, list, ok := strings.Cut(value, "device=")
	if !ok {
		return nil
	}
	var out []string
	for _, id := range strings.Split(list, ",") {
		if strings.Contains(id, "=") {
			break
		}
		out = append(out, id)
	}
	return out
}

// readPort reads [ADDRESS:][HOST:]OWN[/tcp], with ranges.
func readPort(value string) []published {
	value, protocol, _ := strings.Cut(value, "/")
	if protocol == "udp" {
		return nil
	}
	address := ""
	if rest, ok := strings.CutPrefix(value, "["); ok {
		address, value, _ = strings.Cut(rest, "]:")
	}
	parts := strings.Split(value, ":")
	if len(parts) == 3 {
		address, parts = parts[0], parts[1:]
	}
	own := parts[len(parts)-1]
	host := parts[0]
	first, last, isRange := strings.Cut(own, "-")
	hostFirst, _, _ := strings.Cut(host, "-")
	from, err1 := strconv.Atoi(first)
	at, err2 := strconv.Atoi(hostFirst)
	if err1 != nil || err2 != nil || len(parts) == 1 { // a port of its own that docker chooses
		return nil
	}
	to := from
	if isRange {
		if n, err := strconv.Atoi(last); err == nil && n-from < 1000 {
			to = n
		}
	}
	var out []published
	for n := from; n <= to; n++ {
		out = append(out, published{own: n, host: at + n - from, address: address})
	}
	return out
}

// image follows what an image starts: its entrypoint and arguments when they are given, else its own server with these
// words.
func (s *shell) image(name string, entrypoint, args []string) error {
	if len(entrypoint) > 0 && entrypoint[0] != "" {
		return s.run(append(slices.Clone(entrypoint), args...))
	}
	if len(args) > 0 && (isProgram(args[0]) || assignment.MatchString(args[0]) || path.Base(args[0]) == "test") {
		return s.run(args)
	}
	switch {
	case len(args) > 0 && ownScript.MatchString(args[0]):
		s.otherwise("%s is a script of its own, which is not read", programName(args[0]))
	case !strings.Contains(strings.ToLower(name), "vllm"):
		s.otherwise("the image %s is not known as one of vLLM, and its words start none", clip(cleanImage(name)))
	case len(args) > 0 && slices.Contains(vllmWords, args[0]):
		s.vllm(args)
	default:
		s.serve(args)
	}
	return nil
}
