package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"loadgen/clock"
	"loadgen/endpoint"
	"loadgen/locale"
	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/scenarios/compose"
	"loadgen/telemetry"
)

// An initFlags is where `init` is to look.
type initFlags struct {
	url, keyEnv   string
	compose, vars string
	command       string
	out           string
}

func newInit(t *terminal) *cobra.Command {
	var o initFlags
	c := &cobra.Command{
		Use:   "init (--url URL | --compose FILE | --command 'vllm serve …')",
		Short: "Write a first scenario from what already runs: a URL, a Compose file or a command line",
		Args:  cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			for _, from := range []struct{ flag, is, such string }{{"url", "URL", "http://localhost:8000"},
				{"compose", "file", "docker-compose.yml"}, {"command", "vllm serve command line", "'vllm serve MODEL'"}} {
				if f := c.Flags().Lookup(from.flag); f.Changed && strings.TrimSpace(f.Value.String()) == "" {
					return fail(exitUsage, "such as --"+from.flag+" "+from.such, "--%s: given nothing, expected a %s", from.flag,
						from.is)
				}
			}
			return t.init(c.Context(), o)
		},
	}
	c.Flags().StringVar(&o.url, "url", "", "ask the server at this `url`")
	c.Flags().StringVar(&o.keyEnv, "api-key-env", "", "with --url: `name` of the variable that holds its key")
	c.Flags().StringVar(&o.compose, "compose", "", "read a docker-compose `file`; no key is copied")
	c.Flags().StringVar(&o.vars, "env-file", "", "with --compose: its variables; default .env beside it")
	c.Flags().StringVar(&o.command, "command", "", "read one vllm serve command `line`; nothing is run")
	c.Flags().StringVar(&o.out, "out", "", "write to this `file` and never over one; default the terminal")
	c.MarkFlagsOneRequired("url", "compose", "command")
	c.MarkFlagsMutuallyExclusive("url", "compose", "command")
	return c
}

func (t *terminal) init(ctx context.Context, o initFlags) error {
	d, name, from, err := t.discover(ctx, o)
	if err != nil {
		return err
	}
	text := scenarios.Draft(name, from, d.Targets, d.Notes)
	sc, err := scenarios.Parse("the scenario", text)
	if err != nil {
		return fail(exitUsage, "what was found does not make a scenario", "%w", err)
	}
	if o.out == "" {
		_, err = t.out.Write(text)
	} else {
		err = create(o.out, text)
	}
	if err != nil {
		return err
	}
	for _, c := range sc.Concerns() {
		t.note("%s: %s; %s", c.ID, c.Says, c.Instead)
	}
	if o.out != "" {
		t.say("%s: %s; next: loadgen check %s", o.out, locale.Count(len(sc.Targets), "target", "targets"), o.out)
	}
	return nil
}

// create writes a new file.
func create(path string, data []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fail(exitUsage, "another --out, or remove it first", "%s already exists", path)
	}
	if err != nil {
		return fail(exitFailed, "", "%w", err)
	}
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err != nil {
		_ = os.Remove(path) // of a full disk
		return fail(exitFailed, "", "%w", err)
	}
	return nil
}

// discover finds targets, and says where in words.
func (t *terminal) discover(ctx context.Context, o initFlags) (d compose.Deployment, name, from string, err error) {
	switch {
	case o.url != "":
		d, err = inspect(ctx, o)
		return d, "server", o.url, err
	case o.command != "":
		if d, err = compose.Command(o.command, os.DirFS(".")); err != nil {
			err = fail(exitUsage, "", "%w", err)
		}
		return d, "server", "a command line", err
	}
	data, err := os.ReadFile(o.compose)
	if err != nil {
		return d, "", "", fail(exitUsage, "", "%w", err)
	}
	env, from, err := variables(o)
	if err != nil {
		return d, "", "", err
	}
	if d, err = compose.Read(o.compose, data, env, os.DirFS(filepath.Dir(o.compose))); err != nil {
		err = fail(exitUsage, "", "%w", err)
	}
	return d, "deployment", from, err
}

// variables reads the .env file, which may be missing where it was not asked for.
func variables(o initFlags) (env compose.Env, from string, err error) {
	from, path := filepath.Base(o.compose), o.vars
	if path == "" {
		path = filepath.Join(filepath.Dir(o.compose), ".env")
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) && o.vars == "" {
		return nil, from, nil
	}
	if err != nil {
		return nil, "", fail(exitUsage, "", "%w", err)
	}
	defer f.Close()
	if env, err = compose.ReadEnv(f); err != nil {
		return nil, "", fail(exitUsage, "", "%s: %w", path, err)
	}
	return env, from + " and " + filepath.Base(path), nil
}

// inspect asks a server what it serves and how it is set.
func inspect(ctx context.Context, o initFlags) (compose.Deployment, error) {
	target := scenarios.Target{Name: "server", URL: o.url, API: "chat", APIKeyEnv: o.keyEnv}
	key, ok := endpoint.Key(target)
	if !ok {
		return compose.Deployment{}, fail(exitUsage, "export "+o.keyEnv+"=…", "the variable %s is not set", o.keyEnv)
	}
	clk := clock.NewWall()
	ep, err := endpoint.New(clk, target, endpoint.Options{Key: key})
	if err != nil {
		return compose.Deployment{}, fail(exitUsage, "such as --url http://localhost:8000", "%w", err)
	}
	defer ep.Close()
	var info results.ServerInfo
	if err := clk.Run("init", func() { info = telemetry.Inspect(ctx, ep) }); err != nil {
		return compose.Deployment{}, fail(exitFailed, "", "%w", err)
	}
	return served(target, info)
}

// served is a deployment of every model that a server lists: there is one target, and the other models are named.
func served(t scenarios.Target, info results.ServerInfo) (compose.Deployment, error) {
	if len(info.Models) == 0 {
		hint := "is the server started? does it ask for a key: --api-key-env NAME?"
		return compose.Deployment{}, fail(exitFailed, hint, "%s lists no model: %v", t.URL, info.Missing)
	}
	var d compose.Deployment
	t.Model, t.Settings = info.Models[0], info.Settings
	if len(info.Models) > 1 {
		d.Notes = append(d.Notes, fmt.Sprintf("it also serves %v", info.Models[1:]))
	}
	for _, m := range info.Missing {
		d.Notes = append(d.Notes, "it does not tell "+m+"; settings that are missing below can be written by hand")
	}
	switch {
	case info.Engine != "":
		t.Description = info.Engine
		d.Notes = append(d.Notes, "it is "+info.Engine+", not vLLM: it is measured from the client's side, and no advice "+
			"is given")
	case info.Version != "":
		t.Description = "vLLM " + info.Version
	}
	d.Targets = []scenarios.Target{t}
	return d, nil
}
