package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// Every command has an example in its help that its own flags and arguments take, and a group where it stands beside
// others.
func TestEveryCommandHasAnExample(t *testing.T) {
	seen := 0
	var visit func(c *cobra.Command)
	visit = func(c *cobra.Command) {
		for _, sub := range c.Commands() {
			visit(sub)
		}
		if !c.HasParent() || c.Hidden || c.Name() == "help" || c.Parent().Name() == "completion" || c.Name() == "completion" {
			return
		}
		seen++
		if c.GroupID == "" && !c.Parent().HasParent() {
			t.Errorf("%s stands in no group", c.CommandPath())
		}
		for _, line := range strings.Split(strings.TrimSpace(c.Example), "\n") {
			example := strings.TrimSpace(line)
			if !strings.HasPrefix(example, c.CommandPath()+" ") && example != c.CommandPath() {
				t.Errorf("%s: example %q", c.CommandPath(), example)
				continue
			}
			fields := strings.Fields(strings.NewReplacer("'mini >= 8/s'", "mini>=8/s", "'RTX 4090'",
				"L40S").Replace(strings.TrimPrefix(example, c.CommandPath())))
			if c.DisableFlagParsing {
				continue
			}
			c, fields, _ := c.Find(fields) // a parent shows a line of one of its commands
			if err := c.ParseFlags(fields); err != nil {
				t.Errorf("%s: %v", example, err)
			} else if c.Args != nil {
				if err := c.Args(c, c.Flags().Args()); err != nil {
					t.Errorf("%s: %v", example, err)
				}
			}
		}
	}
	visit(newRoot(&terminal{}))
	if seen < 15 {
		t.Errorf("only %d commands seen", seen)
	}
}

// A wrong line is answered in our words, with what to do.
func TestWrongLines(t *testing.T) {
	for line, want := range map[string]string{
		"report":     "loadgen: report: given nothing, expected RUN\nloadgen: hint: loadgen report before\n",
		"report a b": "loadgen: report: given a b, expected RUN\nloadgen: hint: loadgen report before\n",
		"run x.yaml --simulate": "loadgen: run: unknown flag: --simulate\nloadgen: hint: did you mean --simulated? " +
			"loadgen run --help lists its flags\n",
		"init":                     "loadgen: one of these is needed: --url, --compose, --command\n",
		"init --url u --compose f": "loadgen: these flags exclude each other: --url, --compose, --command\n",
		"repot": "loadgen: unknown command \"repot\"\nloadgen: hint: did you mean report? loadgen " +
			"--help lists the commands\n",
		"explain nonsense-of-nobody": "loadgen: no help for \"nonsense-of-nobody\"",
		"run chat --simulated --out .": "loadgen: . is not empty: a run needs a directory of its own\n" +
			"loadgen: hint: give another directory",
		"capacity demo --demand -5/s":               "loadgen: the demand \"-5/s\" is no request at all: expected a rate",
		"capacity demo --demand question=-5/s":      "loadgen: the demand \"-5/s\" is no request at all: expected a rate",
		"capacity demo --demand 5/s --confirm .":    "loadgen: . is not empty: a run needs a directory of its own\n",
		"capacity demo --demand 5users --think -3s": "loadgen: --think: given -3s, expected a time above zero",
		"capacity demo --demand 5/s --peak 0":       "loadgen: --peak: given 0, expected how many times the mean",
		"init --command=":                           "loadgen: --command: given nothing, expected a vllm serve command",
		"run chat --simulated --within 0s": "loadgen: --within: given 0s, and nothing is learnt of a server in less than " +
			"a minute\nloadgen: hint: such as --within 20m\n",
		"check chat --within abc": "loadgen: --within: given \"abc\", expected a time with its unit (ms, s, m, h)\n" +
			"loadgen: hint: such as --within=20m\n",
		"check chat --within":                 "loadgen: --within: given nothing, expected a time with its unit",
		"capacity demo --demand 5/s --peak x": "loadgen: --peak: given \"x\", expected a number\n",
		"run chat --out":                      "loadgen: --out: given nothing, expected a value\n",
		"capacity demo": "loadgen: capacity: given no --demand\n" +
			"loadgen: hint: loadgen capacity before --demand 12/s\n",
		"cluster manifest chat":        "loadgen: manifest: given no --image, no --workers\n",
		"capacity nosuch --demand 5/s": "loadgen: nosuch: no such directory or file, and no shipped scenario of that name\n",
		"check .":                      "loadgen: . cannot be read as a scenario: is a directory\n",
		"init --url=":                  "loadgen: --url: given nothing, expected a URL",
		"init --compose=":              "loadgen: --compose: given nothing, expected a file",
	} {
		var out, errs bytes.Buffer
		if code := run(strings.Fields(line), strings.NewReader(""), &out, &errs); code != exitUsage ||
			!strings.HasPrefix(errs.String(), want) {
			t.Errorf("%s: exit %d\n%swant %s", line, code, errs.String(), want)
		}
	}
}

func TestCompletion(t *testing.T) {
	for line, want := range map[string]string{"explain v1": "V13", "scenarios show rea": "reasoning",
		"export x --format ": "csv", "report x --lang ": "fr", "check ra": "rag"} {
		var out, errs bytes.Buffer
		args := append([]string{"__complete"}, strings.Split(line, " ")...)
		if code := run(args, strings.NewReader(""), &out, &errs); code != exitOK ||
			!strings.Contains("\n"+out.String(), "\n"+want) {
			t.Errorf("%q: exit %d, %q", line, code, out.String())
		}
	}
}
