package reports

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Whatever a run holds, what is pasted into a pull request is at most 60 lines and 20,000 characters, with one table of
// at most eight rows and no path of this machine.
func TestBriefIsShort(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		many := func(name string) (out []string) {
			for i := range rapid.IntRange(0, 40).Draw(t, name) {
				out = append(out, fmt.Sprintf("%s %d: /home/someone/runs/x of /metrics ", name, i)+
					strings.Repeat("w ", rapid.IntRange(0, 2000).Draw(t, "length")))
			}
			return out
		}
		d := Document{Title: "Tuning review: x", Verdict: strings.Repeat("v", 3000), Advice: many("advice"),
			Caveats: many("caveat"), Footer: "made by a test"}
		for _, f := range many("server") {
			d.Asked = append(d.Asked, fact{"Server", f})
		}
		tab := &Table{Columns: []Column{{Head: "endpoint"}, {Head: "held load"}}}
		for _, r := range many("row") {
			tab.Rows = append(tab.Rows, []string{r[:8], "1"})
		}
		d.Outcome = []Section{{Table: tab}, {Title: "By class", Table: tab}}
		var b bytes.Buffer
		if err := Brief(&b, d, "https://example.org/a figure.png"); err != nil {
			t.Fatal(err)
		}
		text := b.String()
		if lines := strings.Count(text, "\n"); lines > 60 || len([]rune(text)) > 20_000 {
			t.Fatalf("%d lines, %d characters", lines, len([]rune(text)))
		}
		if rows := len(regexp.MustCompile(`(?m)^\| row`).FindAllString(text, -1)); rows > 8 {
			t.Fatalf("%d rows", rows)
		}
		if strings.Contains(text, "/home/") || len(d.Advice) > 0 && !strings.Contains(text, "/metrics") {
			t.Fatal(text)
		}
	})
}
