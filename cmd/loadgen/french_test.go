package main

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// What a French reader is told has no word that the catalogue translates and that its French never uses: a term of a
// table, of a label or of a sentence that nobody passed through it.
func TestFrenchHasNoEnglishWord(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	scenario := filepath.Join(dir, "two.yaml")
	if err := os.WriteFile(scenario, []byte(twoClasses), 0o644); err != nil {
		t.Fatal(err)
	}
	said := func(line ...string) string {
		t.Helper()
		var out, errs bytes.Buffer
		if code := run(line, strings.NewReader(""), &out, &errs); code != exitOK && code != exitOpen && code != exitWorse {
			t.Fatalf("%s: exit %d: %s", line, code, &errs)
		}
		told, _, _ := strings.Cut(errs.String(), "loadgen: ") // errors are English
		return out.String() + told
	}
	before, after := filepath.Join(dir, "avant"), filepath.Join(dir, "apres")
	said("run", scenario, "--simulated", "--out", before)
	other := strings.NewReplacer("itl: 60ms, ", "", "max-num-seqs: 16", "max-num-seqs: 24", "[2, 16, 64]", "[2, 16]",
		"  - {name: limite, find: concurrency, preset: quick}\n", "").Replace(twoClasses)
	if err := os.WriteFile(scenario, []byte(other), 0o644); err != nil {
		t.Fatal(err)
	}
	said("run", scenario, "--simulated", "--out", after)
	english := englishWords(t)
	for _, line := range [][]string{{"report", before, "--full"}, {"recommend", before},
		{"recommend", before, "--what-if", "max-num-seqs=32"},
		{"compare", before, after, "--full", "--out", filepath.Join(dir, "compare")}} {
		for text := range strings.Lines(said(append(line, "--lang", "fr")...)) {
			for _, word := range wordOf.FindAllString(spelt.ReplaceAllString(text, " "), -1) {
				if english[word] && !slices.Contains(names, word) {
					t.Errorf("%s: %q in %q", line[0], word, text)
				}
			}
		}
	}
}

// twoClasses brings a report's tables: given levels, a search, classes with objectives of their own.
const twoClasses = `version: 1
name: essai
targets:
  a:
    {url: http://a:8000, model: Qwen/Qwen3-1.7B, card: A100, settings: {max-num-batched-tokens: 2048, max-num-seqs: 16}}
prompts:
  court: {weight: 4, input: {fixed: 200}, output: {uniform: [20, 60]}}
  long: {weight: 1, input: {fixed: 2000}, output: {fixed: 60}}
load:
  - {name: marches, concurrency: [2, 16, 64], preset: quick}
  - {name: limite, find: concurrency, preset: quick}
objective: {ttft: 1s, itl: 60ms, attainment: 90%}
`

// names are not translated: of bottlenecks and APIs.
var names = []string{"bandwidth", "compute", "host", "instant"}

var wordOf = regexp.MustCompile(`\p{L}{2,}`)

// spelt are texts that are to be copied as they stand: commands, paths, settings, formulas, names of levels.
var spelt = regexp.MustCompile(`^ {4}.*|\S*[-/_=.]\S*|(?:ITL|TTFT|TTFO|TPOT|E2E) +s  .*|\b(?:API|fit)\b`)

// englishWords are the words of the catalogue's keys that none of its translations uses.
func englishWords(t *testing.T) map[string]bool {
	t.Helper()
	files, _ := filepath.Glob("../../locale/french*.go")
	verb := regexp.MustCompile(`%(\[\d+\])?[-+#0-9.]*[a-zA-Z]`)
	words, french := map[string]bool{}, map[string]bool{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if pair, ok := n.(*ast.KeyValueExpr); ok {
				for _, w := range wordOf.FindAllString(verb.ReplaceAllString(joined(pair.Key), " "), -1) {
					words[w] = true
				}
				for _, w := range wordOf.FindAllString(verb.ReplaceAllString(joined(pair.Value), " "), -1) {
					french[w] = true
				}
			}
			return true
		})
	}
	for w := range french {
		delete(words, w)
	}
	if !words["the"] || !words["search"] || words["France"] || len(words) < 400 {
		t.Fatalf("%d English words: the search is broken", len(words))
	}
	return words
}

// joined is a text of one or several literals.
func joined(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		s, _ := strconv.Unquote(e.Value)
		return s
	case *ast.BinaryExpr:
		return joined(e.X) + joined(e.Y)
	}
	return ""
}
