package compose

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/syntax"
)

// A shell follows scripts as far as they tell which server they start. Nothing is run: a command's answer is unknown,
// other programs are passed by, and where a condition cannot be decided both of its ways are followed.
type shell struct {
	vars   map[string]string
	unset  string   // how a variable without a value is called: "%s has no value …"
	params []string // $0, $1, …
	maybe  bool     // inside a condition that is not decided here
	ended  bool     // exec has replaced the script
	depth  int      // of scripts within scripts
	around wrapping

	found []launch
	other []string // why other programs start no server here, most telling first
	notes []string
}

// A launch is a server that something starts.
type launch struct {
	args   []string // of vllm serve, with marks
	vars   map[string]string
	maybe  bool
	around wrapping
}

var errTooDeep = errors.New("scripts within scripts within scripts are not followed")

// script follows the text of sh -c.
func (s *shell) script(text string) error {
	if s.depth++; s.depth > 8 {
		return errTooDeep
	}
	defer func() { s.depth-- }()
	file, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(strings.ReplaceAll(text, "\r\n",
		"\n")), "")
	if err != nil {
		var at syntax.ParseError
		if errors.As(err, &at) {
			return fmt.Errorf("the shell cannot read line %d of it: %s", at.Pos.Line(), unmark(at.Text))
		}
		return errors.New("no shell can read it")
	}
	return s.all(file.Stmts)
}

func (s *shell) all(stmts []*syntax.Stmt) error {
	for _, st := range stmts {
		if s.ended {
			return nil
		}
		if _, err := s.statement(st); err != nil {
			return err
		}
	}
	return nil
}

// An outcome is whether a command succeeds, as far as it is known: ran is a program that is taken to succeed where it
// stands in a chain, and decides nothing in a condition.
type outcome uint8

const (
	unknown outcome = iota
	ran
	yes
	no
)

func (s *shell) statement(st *syntax.Stmt) (outcome, error) {
	out, err := s.command(st.Cmd)
	if st.Negated {
		out = map[outcome]outcome{yes: no, no: yes}[out]
	}
	return out, err
}

func (s *shell) command(c syntax.Command) (outcome, error) {
	switch x := c.(type) {
	case *syntax.CallExpr:
		return s.call(x)
	case *syntax.DeclClause:
		return ran, s.assign(x.Args)
	case *syntax.BinaryCmd:
		return s.binary(x)
	case *syntax.IfClause:
		return ran, s.branch(x)
	case *syntax.CaseClause:
		return ran, s.choose(x)
	case *syntax.TestClause:
		return s.test(x.X), nil
	case *syntax.Block:
		return ran, s.all(x.Stmts)
	case *syntax.Subshell:
		before := maps.Clone(s.vars)
		err := s.all(x.Stmts)
		s.vars = before
		return ran, err
	case *syntax.TimeClause:
		if x.Stmt != nil {
			return s.statement(x.Stmt)
		}
	case *syntax.FuncDecl:
		return ran, refuseUnlessHarmless(x, "a function")
	case *syntax.ForClause, *syntax.WhileClause:
		return unknown, refuseUnlessHarmless(c, "a loop")
	case *syntax.ArithmCmd, *syntax.LetClause, *syntax.CoprocClause:
		return unknown, refuseUnlessHarmless(c, "arithmetic")
	}
	return ran, nil
}

func (s *shell) binary(x *syntax.BinaryCmd) (outcome, error) {
	left, err := s.statement(x.X)
	if err != nil || s.ended {
		return left, err
	}
	switch {
	case x.Op == syntax.AndStmt && left == no, x.Op == syntax.OrStmt && (left == yes || left == ran):
		return left, nil
	case left == unknown && (x.Op == syntax.AndStmt || x.Op == syntax.OrStmt):
		return unknown, s.apart(func() error { _, err := s.statement(x.Y); return err })
	}
	return s.statement(x.Y)
}

// branch follows an if.
func (s *shell) branch(x *syntax.IfClause) error {
	if x == nil {
		return nil
	}
	if len(x.Cond) == 0 { // else
		return s.all(x.Then)
	}
	decided := unknown
	for _, st := range x.Cond {
		var err error
		if decided, err = s.statement(st); err != nil {
			return err
		}
	}
	switch decided {
	case yes:
		return s.all(x.Then)
	case no:
		return s.branch(x.Else)
	}
	return s.apart(func() error { return s.all(x.Then) }, func() error { return s.branch(x.Else) })
}

// choose follows a case whose word is known.
func (s *shell) choose(x *syntax.CaseClause) error {
	word := s.text(x.Word)
	if unknownMark.MatchString(word) {
		ways := make([]func() error, len(x.Items))
		for i, item := range x.Items {
			ways[i] = func() error { return s.all(item.Stmts) }
		}
		return s.apart(ways...)
	}
	for _, item := range x.Items {
		for _, p := range item.Patterns {
			fits, err := path.Match(strings.ReplaceAll(s.text(p), "/", "\x00"), strings.ReplaceAll(word, "/", "\x00"))
			if err == nil && fits {
				return s.all(item.Stmts)
			}
		}
	}
	return nil
}

// apart follows ways of which nobody here knows which is taken: a variable that they leave different has no value after
// them.
func (s *shell) apart(ways ...func() error) error {
	before, maybe := s.vars, s.maybe
	after := []map[string]string{before}
	s.maybe = true
	for _, way := range ways {
		s.vars = maps.Clone(before)
		if err := way(); err != nil {
			return err
		}
		after = append(after, s.vars)
		s.ended = false
	}
	s.maybe, s.vars = maybe, map[string]string{}
	for _, m := range after {
		for name := range m {
			v, ok := before[name]
			same := !slices.ContainsFunc(after, func(other map[string]string) bool {
				w, has := other[name]
				return has != ok ||
					w != v
			})
			if s.vars[name] = v; !same {
				s.vars[name] = unknownNamed("?" + name)
			}
		}
	}
	return nil
}

// refuseUnlessHarmless passes by what waits and prints, and refuses what may start servers or set variables.
func refuseUnlessHarmless(n syntax.Node, what string) error {
	harmful := false
	syntax.Walk(n, func(n syntax.Node) bool {
		switch x := n.(type) {
		case *syntax.Assign, *syntax.BinaryArithm, *syntax.UnaryArithm, *syntax.LetClause:
			harmful = true
		case *syntax.Lit:
			harmful = harmful || strings.Contains(x.Value, "vllm") || strings.Contains(x.Value, "api_server")
		case *syntax.ParamExp:
			harmful = harmful || x.Param != nil && (x.Param.Value == "@" || x.Param.Value == "*")
		case *syntax.CallExpr:
			if len(x.Args) > 0 {
				harmful = harmful || slices.Contains([]string{"exec", "eval", "set", "shift", "source", "."}, x.Args[0].Lit())
			}
		}
		return !harmful
	})
	if !harmful {
		return nil
	}
	return fmt.Errorf("%s in its script starts servers or sets variables, which is not followed", what)
}

// call follows one simple command.
func (s *shell) call(x *syntax.CallExpr) (outcome, error) {
	if len(x.Args) == 0 {
		return ran, s.assign(x.Assigns)
	}
	words, err := s.words(x.Args)
	if err != nil || len(words) == 0 {
		return ran, err
	}
	if out, done := s.builtin(words); done {
		return out, nil
	}
	before := maps.Clone(s.vars)
	if err := s.assign(x.Assigns); err != nil {
		return ran, err
	}
	err = s.run(words)
	if words[0] == "exec" && len(words) > 1 && !s.maybe {
		s.ended = true
	}
	s.vars = before
	return program(words[0]), err
}

// program is what a program's end tells: of those that ask something nothing, of others that they ran.
func program(name string) outcome {
	if slices.Contains([]string{"command", "type", "which", "grep", "curl", "wget", "nvidia-smi", "pgrep", "nc", "hash",
		"timeout"}, path.Base(name)) {
		return unknown
	}
	return ran
}

// builtin follows the shell's own commands that bear on what follows.
func (s *shell) builtin(words []string) (out outcome, done bool) {
	switch words[0] {
	case "true", ":":
		return yes, true
	case "false":
		return no, true
	case "[", "test":
		return testWords(words[1:]), true
	case "set":
		if i := slices.Index(words, "--"); i > 0 {
			s.params = append(s.params[:min(1, len(s.params)):1], words[i+1:]...)
		}
	case "shift":
		if len(s.params) > 1 {
			s.params = slices.Delete(slices.Clone(s.params), 1, 2)
		}
	case "unset":
		for _, name := range words[1:] {
			delete(s.vars, name)
		}
	case "source", ".":
		if len(words) > 1 {
			s.note("its script takes variables from %s, which is not read", clip(words[1]))
		}
	case "export", "readonly":
	default:
		return ran, false
	}
	return ran, true
}

func (s *shell) note(format string, args ...any) {
	n, ok := cleaned(oneLine(fmt.Sprintf(format, args...)))
	if !ok {
		n = "something that looks like a key is not copied"
	}
	if !slices.Contains(s.notes, n) {
		s.notes = append(s.notes, n)
	}
}

func (s *shell) assign(all []*syntax.Assign) error {
	for _, a := range all {
		if a.Name == nil || a.Naked {
			continue
		}
		name := a.Name.Value
		if a.Array != nil || a.Index != nil {
			s.vars[name] = unknownNamed(name)
			continue
		}
		text := ""
		if a.Value != nil {
			text = s.text(a.Value)
		}
		if a.Append {
			text = s.vars[name] + text
		}
		if len(text) > 1<<16 {
			return fmt.Errorf("its variable %s holds more than 64 kB", name)
		}
		s.vars[name] = text
	}
	return nil
}

// text is a word as a variable takes it.
func (s *shell) text(w *syntax.Word) string {
	if w == nil {
		return ""
	}
	out, err := expand.Literal(s.config(w), w)
	if err != nil || s.countsUnknowns(w) {
		return unknownNamed(s.says(w))
	}
	return out
}

// words are the words of a command as the shell splits them.
func (s *shell) words(all []*syntax.Word) ([]string, error) {
	var out []string
	for _, w := range all {
		fields, err := expand.Fields(s.config(w), w)
		if err != nil || s.countsUnknowns(w) {
			fields = []string{unknownNamed(s.says(w))}
		}
		if out = append(out, fields...); len(out) > 10_000 {
			return nil, errors.New("it has more than 10000 words")
		}
	}
	return out, nil
}

// countsUnknowns reports whether a word calculates with what is no number here: the expansion would take it for 0.
func (s *shell) countsUnknowns(w *syntax.Word) bool {
	found := false
	inside := func(n syntax.Node) bool {
		name := ""
		switch x := n.(type) {
		case *syntax.Lit:
			name = x.Value
		case *syntax.ParamExp:
			if x.Param != nil && x.Exp == nil {
				name = x.Param.Value
			}
		}
		if syntax.ValidName(name) && !isNumber(s.vars[name]) {
			found = true
		}
		return true
	}
	syntax.Walk(w, func(n syntax.Node) bool {
		if sum, ok := n.(*syntax.ArithmExp); ok {
			syntax.Walk(sum.X, inside)
		}
		return true
	})
	return found
}

// says is a word's own text, for messages.
func (s *shell) says(w *syntax.Word) string {
	var b strings.Builder
	if syntax.NewPrinter().Print(&b, w) != nil {
		return "…"
	}
	return clip(b.String())
}

// clip is a short text on one line that may be shown.
func clip(text string) string {
	text, ok := cleaned(oneLine(text))
	if !ok {
		return "…"
	}
	if r := []rune(text); len(r) > 60 {
		text = string(r[:60]) + "…"
	}
	return text
}

// oneLine is a text without line ends, marks and control characters.
func oneLine(text string) string {
	return strings.Map(func(r rune) rune {
		if !strconv.IsPrint(r) {
			return '�'
		}
		return r
	}, strings.Join(strings.Fields(unmark(text)), " "))
}

// config is what the expansion of a word may see. Subtle: a plain $NAME without a value becomes a mark, so that it does
// not vanish unseen; in ${NAME:-default} it has to be unset.
func (s *shell) config(w *syntax.Word) *expand.Config {
	marked := map[string]bool{}
	syntax.Walk(w, func(n syntax.Node) bool {
		if p, ok := n.(*syntax.ParamExp); ok && p.Param != nil && s.isUnset(p.Param.Value) {
			required := p.Exp != nil && (p.Exp.Op == syntax.ErrorUnset || p.Exp.Op == syntax.ErrorUnsetOrNull)
			marked[p.Param.Value] = required || p.Exp == nil && !p.Length && p.Slice == nil && p.Repl == nil
		}
		return true
	})
	return &expand.Config{
		Env: scope{s, marked},
		CmdSubst: func(out io.Writer, c *syntax.CmdSubst) error {
			_, err := io.WriteString(out, unknownNamed("$(…)"))
			return err
		},
	}
}

func (s *shell) isUnset(name string) bool {
	_, ok := s.vars[name]
	return !ok && !slices.Contains([]string{"@", "*", "#", "?", "$", "!", "-", "0", "IFS"}, name) && !isNumber(name)
}

func isNumber(text string) bool {
	_, err := strconv.Atoi(text)
	return err == nil
}

// A scope is a shell's variables as the expansion asks for them.
type scope struct {
	s      *shell
	marked map[string]bool
}

func (e scope) Get(name string) expand.Variable {
	text := func(v string) expand.Variable { return expand.Variable{Set: true, Kind: expand.String, Str: v} }
	args := e.s.params[min(1, len(e.s.params)):]
	switch name {
	case "@", "*":
		return expand.Variable{Set: true, Kind: expand.Indexed, List: args}
	case "#":
		return text(strconv.Itoa(len(args)))
	case "?":
		return text("0")
	case "$", "!", "-":
		return text(unknownNamed("$" + name))
	}
	if home, ok := strings.CutPrefix(name, "HOME "); ok {
		return text("~" + home)
	}
	if n, err := strconv.Atoi(name); err == nil {
		if n >= 0 && n < len(e.s.params) {
			return text(e.s.params[n])
		}
		return expand.Variable{}
	}
	if v, ok := e.s.vars[name]; ok {
		if secretVariable(name, v) && v != "" && !secretMark.MatchString(v) {
			v = secretNamed(name)
		}
		return text(v)
	}
	if name == "HOME" {
		return text("~")
	}
	if e.marked[name] {
		return text(unknownNamed(name))
	}
	return expand.Variable{}
}

func (e scope) Each(func(string, expand.Variable) bool) {}

// Set keeps what ${NAME:=default} assigns.
func (e scope) Set(name string, v expand.Variable) error {
	e.s.vars[name] = v.String()
	return nil
}
