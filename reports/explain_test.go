package reports

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"loadgen/advice"
)

func TestEveryIdCanBeRead(t *testing.T) {
	for _, id := range Explained() {
		e, ok := Explain(strings.ToLower(id))
		if !ok || e.Name == "" {
			t.Errorf("%s: %+v", id, e)
		}
	}
	for _, b := range advice.Bottlenecks {
		if b.Doc == "" || b.Remedy == "" {
			t.Errorf("bottleneck %s lacks doc or remedy", b.ID)
		}
	}
	if _, ok := Explain("frob"); ok {
		t.Error("frob is explained")
	}
}

// TestEveryWordCanBeRead: the README promises that explain knows any word of a report. Judgements, states, heads of
// tables, balancers and short texts (cells, legends) are collected from the code, so that a new one is asked for; terms
// are those of sentences.
func TestEveryWordCanBeRead(t *testing.T) {
	printed := printedWords(t)
	if len(printed) < 60 {
		t.Fatalf("only %d words found: the search is broken", len(printed))
	}
	for _, word := range append(printed, terms...) {
		if e, ok := Explain(word); (!ok || e.Name == "" || e.Doc == "") && !slices.Contains(plain, word) &&
			!slices.Contains(phrases, word) {
			t.Errorf("reports print %q, and explain does not know it", word)
		}
	}
	for _, word := range slices.Concat(plain, phrases) {
		if !slices.Contains(printed, word) {
			t.Errorf("%q is printed nowhere", word)
		}
	}
	for word, id := range map[string]string{"trusted-with-warnings": "trusted", "starts": "start", "TTFT p99": "ttft",
		"non concluant": "inconclusive", "p90": "quantile", "n66 to confirm": "to confirm", "4.5/s": "level",
		"droite de toutes les étapes": "line through all"} {
		if e, _ := Explain(word); e.ID != id {
			t.Errorf("%q is explained as %q, want %q", word, e.ID, id)
		}
	}
}

// terms are words that stand inside sentences.
var terms = []string{"step model", "probit", "start", "knee", "cohort", "bottleneck", "held load", "open loop",
	"closed loop", "confirmed", "replicas", "search", "ladder", "p50", "p90", "p99", "to confirm", "line through all",
	"limit not reached", "in flight", "preset", "run", "scenario", "phase", "preemptions", "simulated", "quantile"}

// plain are heads of tables that say all themselves.
var plain = []string{"GPU", "GPUs", "URL", "at", "busiest minute", "client", "cores", "failed", "formula", "hardware",
	"hold req/s", "hour", "iterations/s", "least…most", "mean", "meaning", "metric", "model", "most tok/s", "new",
	"number", "ok", "old", "peak", "prompt", "read/s", "requests", "sent", "server: decode", "server: queue", "setting",
	"shortest…longest", "slowest…fastest", "software", "source", "unit", "value", "why", "written/s"}

// phrases are short texts beside tables and figures that say all themselves.
var phrases = []string{"advice", "advice (grade", "against run", "all", "all requests", "answer", "as imported",
	"because", "classes", "clock", "colour: tensor-parallel size", "cross: invalid step", "drift", "effect unknown",
	"expected (95", "extrapolated: verify", "fewest GPUs", "for", "higher is better", "hollow: few samples",
	"key variable", "least GPU memory", "least throughput", "lies far above", "lies far below", "lower is better",
	"measured", "missed by", "most GPU memory", "most GPUs", "most throughput", "name", "no knee", "no load",
	"no setting differs", "none given", "none measured", "not comparable at", "not ended", "not measured", "not told",
	"numbers: preemptions", "of", "on average", "ours", "output tokens", "passed", "prompt tokens", "proven to 95",
	"question", "recorded numbers of", "recorded prompts", "report", "solid, p50 dashed", "start unknown", "started",
	"text as given", "the first", "time", "token counts unknown", "tokens in", "tokens out", "unknown", "url",
	"use case", "version unknown", "windows of", "with", "within", "within objective at"}

// judged are the types whose constants are printed as words.
var judged = []string{"State", "Level", "Judgement", "Grade"}

// printedWords are the heads of all tables, the constants of what is judged, and the balancers' names.
func printedWords(t *testing.T) (out []string) {
	var files []string
	for _, pattern := range []string{"*.go", "../capacity/*.go", "../analysis/*.go", "../results/*.go", "../plots/*.go",
		"../plots/chart/*.go", "../cmd/loadgen/*.go"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatal(pattern, err)
		}
		files = append(files, found...)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			out = append(out, wordsOf(n)...)
			return true
		})
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func wordsOf(n ast.Node) []string {
	switch n := n.(type) {
	case *ast.CallExpr:
		if f, ok := n.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "grid" {
			return texts(n.Args...)
		}
		if f, ok := n.Fun.(*ast.SelectorExpr); ok && f.Sel.Name == "Say" {
			return terse(n.Args[0])
		}
		if f, ok := n.Fun.(*ast.Ident); ok && f.Name == "newGrid" {
			return texts(n.Args...)
		}
	case *ast.BasicLit:
		if s, _ := strconv.Unquote(n.Value); regexp.MustCompile(`^[a-z]+(\t[a-z]+)+$`).MatchString(s) { // heads of ls
			return strings.Split(strings.TrimSpace(s), "\t")
		}
	case *ast.KeyValueExpr:
		if key, ok := n.Key.(*ast.Ident); ok && key.Name == "Head" {
			return texts(n.Value)
		}
	case *ast.ValueSpec:
		of, _ := n.Type.(*ast.Ident)
		if of != nil && slices.Contains(judged, of.Name) {
			return texts(n.Values...)
		}
		if name := n.Names[0].Name; (strings.HasSuffix(name, "Heads") || name == "Balancers") && len(n.Values) == 1 {
			var out []string
			ast.Inspect(n.Values[0], func(n ast.Node) bool {
				if lit, ok := n.(*ast.BasicLit); ok {
					out = append(out, texts(lit)...)
				}
				return true
			})
			return out
		}
	}
	return nil
}

// terse is what a text of at most three words says beside its numbers; what begins with a capital is a heading.
func terse(e ast.Expr) []string {
	lit, ok := e.(*ast.BasicLit)
	if !ok {
		return nil
	}
	s, _ := strconv.Unquote(lit.Value)
	s = strings.Trim(regexp.MustCompile(`%.`).ReplaceAllString(s, ""), " ,:;.()≥≤→±\n")
	if strings.Count(s, " ") > 2 || !regexp.MustCompile(`^[a-z]`).MatchString(s) || strings.Contains(s, "  ") {
		return nil
	}
	return []string{s}
}

// texts are the words of string literals, without the marks of heads. A phrase says itself.
func texts(of ...ast.Expr) (out []string) {
	for _, e := range of {
		if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			s, _ := strconv.Unquote(lit.Value)
			s, _, _ = strings.Cut(strings.TrimLeft(s, ">=+ "), " (") // what stands in brackets says more of the same
			if s != "" && strings.Count(s, " ") < 2 && regexp.MustCompile(`^\D*$|^p`).MatchString(s) {
				out = append(out, s)
			}
		}
	}
	return out
}
