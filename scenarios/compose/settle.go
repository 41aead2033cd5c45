package compose

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"reflect"
	"slices"
	"strings"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"

	"loadgen/vllm"
)

// A server is a launch with its arguments read.
type server struct {
	launch
	line    vllm.CommandLine
	missing []string // variables without a value that stand where the model may
	unnamed bool     // the first of them is what the model is called
	unread  string   // a --config file that is not read
}

// last is the server that stays: the last one started. One that hangs on a condition is taken only where it is the only
// one.
func (s *shell) last() (launch, error) {
	if len(s.found) == 0 {
		return launch{}, nil
	}
	l := s.found[len(s.found)-1]
	rest := slices.DeleteFunc(s.found[:len(s.found)-1:len(s.found)-1], func(o launch) bool {
		return slices.Equal(o.args, l.args)
	})
	conditional := slices.ContainsFunc(rest, func(o launch) bool { return o.maybe })
	switch {
	case l.maybe && len(rest) > 0, conditional:
		return launch{}, fmt.Errorf("it starts one of %d servers, and which one hangs on a condition that is only "+
			"decided there", len(rest)+1)
	case l.maybe:
		s.note("its script starts the server only under a condition that is not decided here")
	case len(rest) > 0:
		s.note("its script starts %d servers: the last one is read", len(rest)+1)
	}
	return l, nil
}

// settle reads a launch's arguments: what has no value is left out and said.
func (s *shell) settle(l launch, beside func(string) ([]byte, error)) (server, error) {
	v := server{launch: l}
	args := s.known(&v, l.args)
	line, err := vllm.ParseArgs(args)
	if err != nil {
		return v, errors.New(unmark(err.Error()))
	}
	if file := line.Passed["config"]; len(file) > 0 {
		if line, err = s.withConfig(&v, line, file[0], beside); err != nil {
			return v, err
		}
	}
	v.line = line
	if port := ownPort(line); port < 1 || port > 65535 {
		return v, fmt.Errorf("--port %d is no port: expected 1 to 65535", port)
	}
	if role := v.role(); role != "" {
		s.note("it is one half of a pair that parts prefill from decode (%s): who asks it alone does not measure what "+
			"users see; give the proxy's URL", role)
	}
	for _, flag := range slices.Sorted(maps.Keys(line.Flags)) {
		clean, left := cleanedJSON(line.Flags[flag])
		text, isText := clean.(string)
		if left {
			s.note("--%s holds a key, which is not copied", flag)
			if isText {
				delete(line.Flags, flag)
				continue
			}
		}
		line.Flags[flag] = clean
		if isText && strings.HasPrefix(text, "$") && !strings.HasPrefix(text, "${") && flag != "chat-template" {
			s.note("--%s is %s as it stands, since no shell reads it", flag, clip(text))
		}
	}
	model, ok := cleaned(line.Model)
	if !ok {
		model = ""
		s.note("the word in the model's place looks like a key and is not copied")
	}
	v.line.Model = model
	for _, n := range line.Notes {
		if flag, _, _ := strings.Cut(strings.TrimPrefix(n, "--"), " "); !slices.Contains(readElsewhere, flag) {
			s.note("%s", n)
		}
	}
	return v, nil
}

// readElsewhere are flags that are no settings of a scenario and are read all the same.
var readElsewhere = []string{"config", "lora-modules", "ssl-certfile", "ssl-keyfile", "runner", "task", "convert",
	"uds", "root-path", "headless"}

// known leaves out of arguments what has no value here, together with its flag, and says so. Subtle: behind --api-key a
// mark stays, since the name is all that is wanted of it.
func (s *shell) known(v *server, args []string) []string {
	var out []string
	for _, a := range args {
		flag, _, inline := strings.Cut(a, "=")
		f, _, isFlag := vllm.FindFlag(flag)
		isFlag = isFlag && strings.HasPrefix(a, "-")
		behind := ""
		if len(out) > 0 && strings.HasPrefix(out[len(out)-1], "-") && !strings.Contains(out[len(out)-1], "=") {
			behind = out[len(out)-1]
		}
		prev, _, prevKnown := vllm.FindFlag(behind)
		prevKnown = prevKnown && behind != ""
		key := prevKnown && prev.Name == "api-key" || isFlag && f.Name == "api-key"
		countable := func(f vllm.Flag) bool { return f.Kind == vllm.Int || f.Kind == vllm.Float || f.Kind == vllm.Switch }
		switch {
		case key:
			out = append(out, unknownMark.ReplaceAllString(a, "\x02$1\x03"))
		case unknownMark.MatchString(a) && inline && strings.HasPrefix(a, "-"):
			s.leaveOut(v, f.Name, a)
		case unknownMark.MatchString(a) && behind != "" && !(prevKnown && prev.Kind == vllm.Switch):
			out = out[:len(out)-1]
			s.leaveOut(v, prev.Name, behind+" "+a)
		case unknownMark.MatchString(a):
			v.missing = append(v.missing, unknownMark.FindStringSubmatch(a)[1])
			s.note("%s %s: it is read as nothing", clip(a), s.without(a))
		case secretMark.MatchString(a) && inline && countable(f):
			s.note("%s: its value is not read, since %s may hold a key", flag, clip(a[len(flag)+1:]))
		case secretMark.MatchString(a) && prevKnown && countable(prev):
			out = out[:len(out)-1]
			s.note("%s %s: its value is not read, since the variable may hold a key", behind, clip(a))
		default:
			out = append(out, unmark(a))
		}
	}
	return out
}

// leaveOut says that a flag's value is not known; without the model's name there is nothing to ask.
func (s *shell) leaveOut(v *server, name, text string) {
	if name == "model" || name == "served-model-name" {
		v.missing = append([]string{unknownMark.FindStringSubmatch(text)[1]}, v.missing...)
		v.unnamed = true
	}
	more := ""
	if name == "port" {
		more = "; port 8000 is a guess"
	}
	s.note("%s: %s: left out%s", clip(text), s.without(text), more)
}

// without says why the first unknown of a text has no value.
func (s *shell) without(text string) string {
	m := unknownMark.FindString(text)
	name := unknownMark.FindStringSubmatch(m)[1]
	switch {
	case name == "$(…)":
		return "a command's answer is not known here"
	case strings.HasPrefix(m, "\x01?"):
		return name + " is set under a condition that is not decided here"
	}
	return name + " " + s.unset
}

// withConfig adds what a --config file says; the command line wins over it, as in vLLM.
func (s *shell) withConfig(v *server, line vllm.CommandLine, file string,
	beside func(string) ([]byte, error)) (vllm.CommandLine, error) {
	data, err := beside(file)
	if err != nil {
		v.unread = clip(file)
		s.note("its settings stand in %s, which is not read: it does not lie beside", clip(file))
		return line, nil
	}
	args, err := configArgs(data)
	if err != nil {
		return line, fmt.Errorf("--config %s: %w", clip(file), err)
	}
	settings, err := vllm.ParseArgs(args)
	if err != nil {
		return line, fmt.Errorf("--config %s: %w", clip(file), err)
	}
	s.note("its settings in %s are read too", clip(file))
	line.Notes = append(line.Notes, settings.Notes...)
	if line.Model == "" {
		line.Model = settings.Model
	}
	if line.APIKey == "" {
		line.APIKey = settings.APIKey
	}
	if len(line.Names) == 0 {
		line.Names = settings.Names
	}
	for flag, value := range settings.Flags {
		if _, given := line.Flags[flag]; !given {
			line.Flags[flag] = value
		}
	}
	for flag, words := range settings.Passed {
		if _, given := line.Passed[flag]; !given {
			line.Passed[flag] = words
		}
	}
	return line, nil
}

// configArgs are the arguments that a vLLM config file stands for, as vLLM makes them.
func configArgs(data []byte) ([]string, error) {
	const section = "x-config"
	indented := []byte(section + ":\n")
	for _, l := range strings.Split(strings.TrimPrefix(string(data), "\ufeff"), "\n") {
		indented = append(indented, "  "+l+"\n"...)
	}
	raw, err := rawModel("config", indented)
	if err != nil {
		return nil, errors.New("not a file of flag: value lines")
	}
	all, ok := raw[section].(map[string]any)
	if !ok {
		return nil, errors.New("not a file of flag: value lines")
	}
	var out []string
	for _, key := range slices.Sorted(maps.Keys(all)) {
		flag := "--" + strings.ReplaceAll(key, "_", "-")
		switch x := all[key].(type) {
		case bool:
			if f, _, known := vllm.FindFlag(flag); x {
				out = append(out, flag)
			} else if known && f.Kind == vllm.Switch {
				out = append(out, flag+"=false")
			}
		case []any:
			out = append(out, flag)
			for _, e := range x {
				out = append(out, configText(e))
			}
		case nil:
		default:
			out = append(out, flag, configText(x))
		}
	}
	return out, nil
}

func configText(v any) string {
	if reflect.ValueOf(v).Kind() == reflect.Map {
		return jsonText(v)
	}
	return fmt.Sprint(v)
}

// rawModel is a Compose file as YAML has it, nothing filled in.
func rawModel(name string, data []byte) (map[string]any, error) {
	return loader.LoadModelWithContext(noContext, types.ConfigDetails{WorkingDir: ".", Environment: types.Mapping{},
		ConfigFiles: []types.ConfigFile{{Filename: name, Content: data}}}, func(o *loader.Options) {
		o.SetProjectName("scenario", true)
		o.SkipInclude, o.SkipExtends, o.SkipConsistencyCheck, o.SkipInterpolation = true, true, true, true
		o.SkipValidation, o.SkipNormalization, o.SkipDefaultValues, o.ResolvePaths = true, true, true, false
		o.SkipResolveEnvironment, o.SkipResolveLabels = true, true
	})
}

// role is what --kv-transfer-config says that a server is for, where others do the rest.
func (v server) role() string {
	words := v.line.Passed["kv-transfer-config"]
	for _, role := range []string{"kv_producer", "kv_consumer"} {
		if len(words) > 0 && strings.Contains(words[0], role) {
			return role
		}
	}
	return ""
}

// textOnly are flags of servers that do not answer with text, and words of theirs that do.
func (v server) speaksNoText() string {
	for _, c := range []struct {
		flag string
		text []string
	}{{"runner", []string{"auto", "generate"}}, {"task", []string{"auto", "generate"}},
		{"convert", []string{"auto", "none"}}} {
		if words := v.line.Passed[c.flag]; len(words) > 0 && !slices.Contains(c.text, words[0]) {
			return fmt.Sprintf("--%s %s serves no text", c.flag, oneOf(words[0], "embed", "embedding", "classify", "score",
				"reward", "pooling", "transcription", "draft"))
		}
	}
	if _, ok := v.line.Passed["headless"]; ok {
		return "--headless has no HTTP server"
	}
	if name := strings.ToLower(path.Base(v.line.Model)); strings.Contains(name, "embed") ||
		strings.Contains(name, "rerank") || strings.HasPrefix(name, "bge-") {
		return "the model's name is that of an embedding or reranking model, which serves no text"
	}
	return ""
}

// besideFiles reads a file that a command names, in the directory where the command or Compose file lies.
func besideFiles(dir fs.FS, name string) ([]byte, error) {
	name = path.Clean(strings.TrimPrefix(name, "./"))
	if dir == nil || !fs.ValidPath(name) {
		return nil, fs.ErrNotExist
	}
	return fs.ReadFile(dir, name)
}
