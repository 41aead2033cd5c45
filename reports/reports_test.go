package reports

import (
	"bytes"
	"encoding/xml"
	"io"
	"os"
	"strings"
	"testing"
)

func document() Document {
	return Document{
		Title: "loadgen: test", Verdict: "TRUSTED · test", State: "trusted", Asked: []fact{{"Server mini", "Qwen/Qwen3-8B"}},
		Caveats: []string{"one start"},
		Outcome: []Section{{Table: &Table{Columns: []Column{{Head: "endpoint"}, {Head: "held load", Right: true}},
			Rows: [][]string{{"mini", "8.00 req/s"}}}}},
		Advice: []string{"mini: max-num-seqs 8 → 32 (C)"},
		Sections: []Section{
			{Title: "A figure", Figure: &Figure{Name: "curve-mini", Caption: "Latency against throughput. More.",
				SVG: []byte("<svg></svg>")}},
			{Title: "génération de code", Text: []string{"a | b < c_d"}, Notes: []string{"a note"},
				Code: "vllm serve m \\\n    --max-num-seqs 32",
				Table: &Table{Columns: []Column{{Head: "level"}, {Head: "tok/s", Right: true}},
					Rows: [][]string{{"n1", "12"}, {"n128", "3456"}, {"é", "–"}}}},
			{Title: "Everything", Full: true, Table: &Table{Columns: []Column{{Head: "p99.9"}}, Rows: [][]string{{"1.00 s"}}}},
		},
		Footer: "made by a test",
	}
}

func TestRenderings(t *testing.T) {
	for name, render := range map[string]func(io.Writer, Document) error{
		"terminal.txt": func(w io.Writer, d Document) error { return Terminal(w, d, Style{}) },
		"report.md":    Markdown,
		"report.html":  HTML,
	} {
		var got bytes.Buffer
		if err := render(&got, document()); err != nil {
			t.Fatal(err)
		}
		file := "testdata/" + name
		if os.Getenv("UPDATE") != "" {
			if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil || got.String() != string(want) {
			t.Errorf("%s differs (UPDATE=1 writes it anew): %v\n%s", file, err, got.String())
		}
	}
}

// The HTML needs nothing else: no link, script or picture from anywhere.
func TestHTMLIsSelfContained(t *testing.T) {
	var b bytes.Buffer
	if err := HTML(&b, document()); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"src=", "href=\"http", "@import", "url(", "fetch(", "XMLHttp"} {
		if strings.Contains(b.String(), bad) {
			t.Errorf("the report holds %q", bad)
		}
	}
	if !strings.Contains(b.String(), "<svg></svg>") {
		t.Error("the figure is not inside")
	}
	d := xml.NewDecoder(&b)
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	for {
		if _, err := d.Token(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
}
