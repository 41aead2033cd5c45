package compose

import (
	"cmp"
	"fmt"
	"io/fs"
	"regexp"
	"strings"

	"loadgen/scenarios"
)

// Command reads a command line that starts a vLLM server, as a shell reads it: with variables, wrappers and docker run
// around it. Nothing is run. A --api-key $NAME keeps its name. dir is where a --config file may lie; nil: none is read.
func Command(text string, dir fs.FS) (Deployment, error) {
	s := &shell{vars: map[string]string{}, params: []string{"sh"},
		unset: "has no value in the line: put NAME=value; in front of it, or write the value itself"}
	if err := s.script(unitLine.ReplaceAllString(text, "")); err != nil {
		return Deployment{}, fmt.Errorf("the command: %w", err)
	}
	l, err := s.last()
	if err != nil {
		return Deployment{}, fmt.Errorf("the command: %w", err)
	}
	if len(s.found) == 0 {
		why := "it starts nothing"
		if len(s.other) > 0 {
			why = s.other[0]
		}
		return Deployment{}, fmt.Errorf("the command starts no vLLM server: %s: expected vllm serve MODEL …, or --url of a "+
			"server that runs", why)
	}
	v, err := s.settle(l, func(name string) ([]byte, error) { return besideFiles(dir, name) })
	if err != nil {
		return Deployment{}, fmt.Errorf("the command: %w", err)
	}
	if err := s.nameless(v); err != nil {
		return Deployment{}, fmt.Errorf("the command: %w", err)
	}
	if why := v.speaksNoText(); why != "" {
		return Deployment{}, fmt.Errorf("the command: %s: only servers that answer with text are measured", why)
	}
	return s.commandTarget(v), nil
}

// unitLine is what stands in front of a command in a systemd unit.
var unitLine = regexp.MustCompile(`^\s*ExecStart=[-@:+!]*`)

// nameless refuses a server whose model is not told.
func (s *shell) nameless(v server) error {
	switch {
	case v.unnamed, v.line.Model == "" && len(v.missing) > 0:
		return fmt.Errorf("its model is ${%s}, and %s %s", v.missing[0], v.missing[0], s.unset)
	case strings.HasPrefix(v.line.Model, "$") && !strings.HasPrefix(v.line.Model, "${"):
		return fmt.Errorf("its model is %s as it stands, since no shell reads it: write the name itself", clip(v.line.Model))
	case v.line.Model == "" && v.unread != "":
		return fmt.Errorf("its model stands in %s, which is not read: put that file beside it, or add --model", v.unread)
	case v.line.Model == "":
		return fmt.Errorf("it names no model: expected vllm serve MODEL …")
	}
	return nil
}

func (s *shell) commandTarget(v server) Deployment {
	t := newTarget("server", v.line)
	own := ownPort(v.line)
	host, port := v.listens(), own
	if v.around.inside && !v.around.host {
		at, open := publishedAt(v.around.ports, own)
		port = at.host
		if host = reachable(at.address); !open {
			port = own
			s.note("its container publishes no port for %d: %s is a guess", own, v.url("localhost", own))
		}
	}
	t.URL, t.GPUs = v.url(host, port), devices(v.around.gpus, v.vars)
	if v.around.image != "" {
		t.Description = "image " + cleanImage(v.around.image)
	}
	if given := v.key(); given != "" {
		t.APIKeyEnv = markedName(given)
		if written, ok := v.vars[t.APIKeyEnv]; t.APIKeyEnv == "" || ok && !unknownMark.MatchString(written) {
			t.APIKeyEnv = cmp.Or(t.APIKeyEnv, "VLLM_API_KEY")
			s.note("its key is not copied: export it as %s", t.APIKeyEnv)
		}
	}
	s.noteNames(v, t)
	return Deployment{Targets: []scenarios.Target{t}, Notes: s.notes}
}
