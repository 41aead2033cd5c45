package locale

import (
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

// speakers are the rooms whose sentences are keys of the catalogue: arguments of Say, heads of tables, words in
// report.html.
var speakers = []string{"../reports", "../plots", "../plots/chart", "../cmd/loadgen", "."}

// others are the rooms whose finished sentences a report repeats.
var others = []string{"../analysis", "../advice", "../capacity"}

// refusal stands for all that vLLM's rules of starting say.
const refusal = "vLLM refuses to start: %s"

// machines are texts that are no sentences to a person.
var machines = []string{"vllm serve ", "withheld (V16): tokens shared reads"}

func TestEveryKeyHasFrench(t *testing.T) {
	keys := spoken(t)
	if len(keys) < 100 {
		t.Fatalf("only %d keys found: the search is broken", len(keys))
	}
	for _, key := range keys {
		if french()[key] == "" {
			t.Errorf("no French: %q", key)
		}
	}
	known := slices.Concat(keys, foreign(t), warned(t), words(t))
	for key := range french() {
		if !slices.Contains(known, key) && key != refusal {
			t.Errorf("nobody says %q any more", key)
		}
	}
}

// A word that stands in two catalogues is said alike: else the later one's would be said in the other's place too.
func TestCataloguesAgree(t *testing.T) {
	said := map[string]string{}
	for _, catalogue := range []map[string]string{frenchReports, frenchFigures, frenchFindings,
		frenchCapacity} {
		for key, words := range catalogue {
			if before, twice := said[key]; twice && before != words {
				t.Errorf("%q is %q and %q", key, before, words)
			}
			said[key] = words
		}
	}
}

// What other rooms say reaches a French reader in French.
func TestFinishedSentencesHaveFrench(t *testing.T) {
	warnings := warned(t)
	if len(warnings) < 3 {
		t.Fatalf("only %d warnings of the simulator found: the search is broken", len(warnings))
	}
	sentences := slices.Concat(foreign(t), warnings, noted(t))
	if len(sentences) < 50 {
		t.Fatalf("only %d sentences found: the search is broken", len(sentences))
	}
	for _, s := range sentences {
		if french()[s] == "" && !strings.HasPrefix(s, strings.TrimSuffix(refusal, "%s")) && !slices.Contains(machines, s) {
			t.Errorf("no French: %q", s)
		}
	}
}

// A translation takes the arguments of its key: the same verbs, in the same order unless numbered.
func TestVerbsAgree(t *testing.T) {
	plain := regexp.MustCompile(`\[\d+\]`)
	for key, said := range french() {
		a, b := verb.FindAllString(key, -1), verb.FindAllString(said, -1)
		if strings.Contains(said, "%[") {
			for i := range b {
				b[i] = plain.ReplaceAllString(b[i], "")
			}
			slices.Sort(a)
			slices.Sort(b)
		}
		if !slices.Equal(a, b) {
			t.Errorf("%q has %q, %q has %q", key, a, said, b)
		}
	}
}

// spoken are all keys that the speakers give.
func spoken(t *testing.T) (out []string) {
	heads := regexp.MustCompile(`^(\w*Heads|heads)$`)
	eachFile(t, speakers, func(file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				switch name := called(n); name {
				case "Say":
					out = append(out, literals(n.Args[:1])...)
				case "grid", "newGrid":
					out = append(out, literals(n.Args)...)
				}
			case *ast.ValueSpec:
				if heads.MatchString(n.Names[0].Name) && len(n.Values) == 1 {
					if list, ok := n.Values[0].(*ast.CompositeLit); ok {
						out = append(out, literals(list.Elts)...)
					}
				}
				if n.Names[0].Name == "latencies" { // their titles are said
					ast.Inspect(n, func(n ast.Node) bool {
						if lit, ok := n.(*ast.BasicLit); ok && strings.HasSuffix(text(lit), ")") {
							out = append(out, text(lit))
						}
						return true
					})
				}
			}
			return true
		})
	})
	page, err := os.ReadFile("../reports/report.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`say "([^"]+)"`).FindAllStringSubmatch(string(page), -1) {
		out = append(out, m[1])
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// foreign are the sentences of the other rooms: texts of several words that are no errors and no documentation.
func foreign(t *testing.T) (out []string) {
	eachFile(t, others, func(file *ast.File) {
		if file.Name.Name == "advice" && isBottlenecks(file) {
			return
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.CallExpr:
				if called(n) == "New" || called(n) == "panic" || file.Name.Name == "capacity" && called(n) == "Errorf" {
					return false
				}
			case *ast.ImportSpec:
				return false
			case *ast.KeyValueExpr:
				if key, ok := n.Key.(*ast.Ident); ok && (key.Name == "Doc" || key.Name == "Remedy") {
					return false // of explain, which is English
				}
			case *ast.Field:
				return false // a tag
			case *ast.BasicLit:
				if s := text(n); sentence(s) {
					out = append(out, s)
				}
			}
			return true
		})
	})
	slices.Sort(out)
	return slices.Compact(out)
}

// warned are the simulator's warnings, which a rehearsal notes.
func warned(t *testing.T) (out []string) {
	eachFile(t, []string{"../simulator"}, func(file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok && called(call) == "warn" {
				out = append(out, literals(call.Args[:1])...)
			}
			return true
		})
	})
	return out
}

// noted are the notes and warnings that a run's manifest and its reader leave for reports.
func noted(t *testing.T) (out []string) {
	eachFile(t, []string{"../results", "../sweep"}, func(file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || called(call) != "append" {
				return true
			}
			if to, ok := call.Args[0].(*ast.SelectorExpr); ok && (to.Sel.Name == "Notes" || to.Sel.Name == "Warnings") {
				for _, said := range call.Args[1:] {
					if format, ok := said.(*ast.CallExpr); ok && called(format) == "Sprintf" {
						said = format.Args[0]
					}
					out = append(out, literals([]ast.Expr{said})...)
				}
			}
			return true
		})
	})
	return out
}

// words are all texts of the rooms whose single words a report repeats: judgements, levels of findings, clocks.
func words(t *testing.T) (out []string) {
	eachFile(t, append(others, "../results", "../clock", "../rehearsal", "../scenarios", "../sweep", "../cluster",
		"../cmd/loadgen"), func(file *ast.File) {
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok {
				out = append(out, text(lit))
			}
			return true
		})
	})
	return out
}

// isBottlenecks reports whether a file is the list of bottlenecks with their documentation.
func isBottlenecks(file *ast.File) bool {
	return slices.ContainsFunc(file.Decls, func(d ast.Decl) bool {
		g, ok := d.(*ast.GenDecl)
		return ok && g.Tok == token.VAR && len(g.Specs) == 1 && g.Specs[0].(*ast.ValueSpec).Names[0].Name == "Bottlenecks"
	})
}

// sentence reports whether a text is said to a person.
func sentence(s string) bool {
	s = strings.TrimLeft(s, ";:, ")
	return strings.Contains(s, " ") && regexp.MustCompile(`[a-z]{3}`).MatchString(verb.ReplaceAllString(s, "")) &&
		len(strings.Fields(s)) > 1
}

// continued is where a text goes on in the next line.
var continued = regexp.MustCompile(`" ?\+\n\s*"`)

func eachFile(t *testing.T, rooms []string, do func(*ast.File)) {
	for _, room := range rooms {
		names, err := filepath.Glob(room + "/*.go")
		if err != nil || len(names) == 0 {
			t.Fatal(room, err)
		}
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			source, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			source = continued.ReplaceAll(source, nil)
			file, err := parser.ParseFile(token.NewFileSet(), name, source, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			do(file)
		}
	}
}

func called(n *ast.CallExpr) string {
	switch f := n.Fun.(type) {
	case *ast.SelectorExpr:
		return f.Sel.Name
	case *ast.Ident:
		return f.Name
	}
	return ""
}

func literals(of []ast.Expr) (out []string) {
	for _, e := range of {
		if s := strings.TrimPrefix(text(e), ">"); s != "" {
			out = append(out, s)
		}
	}
	return out
}

func text(e ast.Expr) string {
	lit, ok := e.(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return ""
	}
	s, _ := strconv.Unquote(lit.Value)
	return s
}
