package main

import (
	"cmp"
	"errors"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"loadgen/reports"
	"loadgen/results"
	"loadgen/scenarios"
)

// A dress is what a command's help shows beside its flags: the group that it stands in, an example, and what a shell
// completes.
type dress struct {
	group, example string
	args           cobra.CompletionFunc
}

// groups are the parts of a job, in the order of the help.
var groups = []*cobra.Group{{ID: "begin", Title: "Before a run:"}, {ID: "run", Title: "Run:"},
	{ID: "read", Title: "After a run:"}, {ID: "runs", Title: "Runs and data:"}, {ID: "more", Title: "More:"}}

// dresses are the commands by name.
var dresses = map[string]dress{
	"init":           {"begin", "loadgen init --compose docker-compose.yml --out scenario.yaml", nil},
	"check":          {"begin", "loadgen check scenario.yaml --preset quick", scenarioFiles},
	"quick":          {"begin", "loadgen quick scenario.yaml --wait 10m", scenarioFiles},
	"scenarios":      {"begin", "loadgen scenarios copy rag scenario.yaml", nil},
	"scenarios list": {"", "loadgen scenarios list", nil},
	"scenarios show": {"", "loadgen scenarios show rag", shippedNames},
	"scenarios copy": {"", "loadgen scenarios copy rag scenario.yaml", shippedNames},
	"schema":         {"begin", "loadgen schema", nil},
	"calibrate":      {"begin", "loadgen calibrate", nil},
	"demo":           {"run", "loadgen demo --out demo", nil},
	"run": {"run", "loadgen run scenario.yaml --simulated --out rehearsal\nloadgen run scenario.yaml " +
		"--out before", scenarioFiles},
	"simulate": {"run", "loadgen simulate --model Qwen/Qwen3-8B-AWQ --gpu 'RTX 4090' --port 8000", nil},
	"report": {"read", "loadgen report before\nloadgen report before --lang fr\nloadgen report before --format " +
		"markdown", runDirs},
	"recommend": {"read", "loadgen recommend before --what-if max-num-batched-tokens=4096\nloadgen recommend " +
		"before --assert 'mini >= 8/s'", runDirs},
	"capacity": {"read", "loadgen capacity before --demand 12/s\nloadgen capacity traffic.yaml --demand " +
		"chat=12/s,doc=1/s --growth 20%", runDirs},
	"compare": {"read", "loadgen compare before after --out compared\nloadgen compare before after --format " +
		"markdown --gate ttft_p99=5%", runDirs},
	"explain":          {"read", "loadgen explain V13", explainedIDs},
	"ls":               {"runs", "loadgen ls runs", nil},
	"export":           {"runs", "loadgen export before --format csv --out before.csv", runDirs},
	"import":           {"runs", "loadgen import results/bench-1.json results/bench-2.json --out imported", nil},
	"merge":            {"runs", "loadgen merge before-1 before-2 --out before", runDirs},
	"cluster":          {"runs", "loadgen cluster manifest scenario.yaml --workers 4 --image registry/loadgen:1", nil},
	"cluster manifest": {"", "loadgen cluster manifest scenario.yaml --workers 4 --image loadgen:1", scenarioFiles},
	"cluster fetch":    {"", "loadgen cluster fetch http://localhost:7077 --out run", nil},
	"version":          {"more", "loadgen version", nil},
}

// dressed gives every command its group, example, completion and plain words for a wrong line.
func dressed(root *cobra.Command) {
	root.AddGroup(groups...)
	root.SetHelpCommandGroupID("more")
	root.SetCompletionCommandGroupID("more")
	root.SetFlagErrorFunc(flagFault)
	root.Example = "  loadgen demo\n  loadgen init --url http://localhost:8000 --out scenario.yaml\n  loadgen run " +
		"scenario.yaml --out before\n  loadgen report before"
	for _, c := range root.Commands() {
		dressOne(c, c.Name())
		for _, sub := range c.Commands() {
			dressOne(sub, c.Name()+" "+sub.Name())
		}
	}
}

func dressOne(c *cobra.Command, name string) {
	d := dresses[name]
	c.GroupID, c.ValidArgsFunction = d.group, d.args
	c.Example = "  " + strings.ReplaceAll(d.example, "\n", "\n  ")
	if takes := c.Args; takes != nil {
		c.Args = func(c *cobra.Command, args []string) error {
			if takes(c, args) == nil {
				return nil
			}
			given := "nothing"
			if len(args) > 0 {
				given = strings.Join(args, " ")
			}
			return fail(exitUsage, firstLine(d.example), "%s: given %s, expected %s", name, given, expected(c))
		}
	}
	if f := c.Flags().Lookup("preset"); f != nil {
		_ = c.RegisterFlagCompletionFunc("preset", cobra.FixedCompletions(presetNames(), cobra.ShellCompDirectiveNoFileComp))
	}
	if name == "export" {
		var known []string
		for _, f := range results.Formats {
			known = append(known, f.Name)
		}
		_ = c.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(known, cobra.ShellCompDirectiveNoFileComp))
	}
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// expected is what a command's use says it takes.
func expected(c *cobra.Command) string {
	_, args, _ := strings.Cut(c.Use, " ")
	return cmp.Or(args, "no argument")
}

// flagFault says which flag was not understood, and which one is like it.
func flagFault(c *cobra.Command, err error) error {
	if errors.Is(err, pflag.ErrHelp) {
		return err
	}
	hint := strings.TrimSpace(c.CommandPath()) + " --help lists its flags"
	var invalid *pflag.InvalidValueError
	var lacking *pflag.ValueRequiredError
	switch {
	case errors.As(err, &invalid):
		return wrongValue(invalid.GetFlag(), strconv.Quote(invalid.GetValue()), hint)
	case errors.As(err, &lacking):
		return wrongValue(lacking.GetFlag(), "nothing", hint)
	}
	if name, unknown := strings.CutPrefix(err.Error(), "unknown flag: --"); unknown {
		var known []string
		c.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, f.Name) })
		if like := nearFlag(name, known); like != "" {
			hint = "did you mean --" + like + "? " + hint
		}
	}
	return fail(exitUsage, hint, "%s: %w", c.Name(), err)
}

// flagKinds are what flags of each type take, and one such value.
var flagKinds = map[string]struct{ takes, such string }{
	"duration": {"a time with its unit (ms, s, m, h)", "20m"},
	"int":      {"a whole number", "4"},
	"float64":  {"a number", "2.5"},
	"bool":     {"true or false", "true"},
}

// wrongValue says what a flag was given, and what it takes; hint is of flags that take any text.
func wrongValue(f *pflag.Flag, given, hint string) error {
	kind, known := flagKinds[f.Value.Type()]
	if !known {
		return fail(exitUsage, hint, "--%s: given %s, expected a value", f.Name, given)
	}
	return fail(exitUsage, "such as --"+f.Name+"="+kind.such, "--%s: given %s, expected %s", f.Name, given, kind.takes)
}

// nearFlag is the flag that one begins, or that is spelt nearly like it.
func nearFlag(name string, known []string) string {
	i := slices.IndexFunc(known, func(k string) bool { return strings.HasPrefix(k, name) })
	if i >= 0 {
		return known[i]
	}
	return scenarios.Nearest(name, known)
}

var flagGroup = regexp.MustCompile(`\[([a-z -]+)\]`)

// plain puts cobra's own sentences about a command into ours.
func plain(c *cobra.Command, err error) error {
	text := err.Error()
	flags := ""
	if m := flagGroup.FindStringSubmatch(text); m != nil {
		flags = "--" + strings.Join(strings.Fields(m[1]), ", --")
	}
	switch {
	case strings.HasPrefix(text, "required flag"):
		return fail(exitUsage, firstLine(strings.TrimSpace(c.Example)), "%s: given no --%s", c.Name(),
			strings.Join(missingFlags(c), ", no --"))
	case strings.Contains(text, "at least one of the flags in the group"):
		return fail(exitUsage, "", "one of these is needed: %s", flags)
	case strings.Contains(text, "none of the others can be"):
		return fail(exitUsage, "", "these flags exclude each other: %s", flags)
	case strings.HasPrefix(text, "unknown command"):
		first, _, _ := strings.Cut(text, "\n")
		hint := "loadgen --help lists the commands"
		if _, like, ok := strings.Cut(text, "Did you mean this?"); ok {
			hint = "did you mean " + strings.Join(strings.Fields(like), " or ") + "? " + hint
		}
		return fail(exitUsage, hint, "%s", strings.TrimSuffix(first, ` for "loadgen"`))
	}
	return err
}

// missingFlags are those that a command needs and was not given.
func missingFlags(c *cobra.Command) (out []string) {
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Annotations[cobra.BashCompOneRequiredFlag] != nil && !f.Changed {
			out = append(out, f.Name)
		}
	})
	return out
}

// scenarioFiles completes YAML files and the shipped scenarios.
func scenarioFiles(_ *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	files, _ := filepath.Glob(begun + "*.yaml")
	return append(files, startingWith(scenarios.ShippedNames(), begun)...), cobra.ShellCompDirectiveDefault
}

func shippedNames(_ *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return startingWith(scenarios.ShippedNames(), begun), cobra.ShellCompDirectiveNoFileComp
}

// runDirs completes directories that hold a run, here and in runs.
func runDirs(_ *cobra.Command, _ []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var out []cobra.Completion
	for _, pattern := range []string{begun + "*/manifest.json", begun + "*/*/manifest.json",
		filepath.Join("runs", begun+"*", "manifest.json")} {
		found, _ := filepath.Glob(pattern)
		for _, f := range found {
			if dir := filepath.Dir(f); !slices.Contains(out, dir) {
				out = append(out, dir)
			}
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

func explainedIDs(_ *cobra.Command, args []string, begun string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return startingWith(reports.Explained(), begun), cobra.ShellCompDirectiveNoFileComp
}

func startingWith(words []string, begun string) (out []string) {
	for _, w := range words {
		if strings.HasPrefix(strings.ToLower(w), strings.ToLower(begun)) {
			out = append(out, w)
		}
	}
	return out
}
