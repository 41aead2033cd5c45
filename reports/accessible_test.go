package reports

import (
	"bytes"
	"context"
	"encoding/json"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// The page has no fault that axe-core finds by WCAG 2 A and AA, in light and dark, everything opened. `make accessible`
// runs it with headless Chromium; LOADGEN_AXE is the path of axe.min.js, LOADGEN_PAGE another page to look at.
func TestAccessible(t *testing.T) {
	axe, err := os.ReadFile(os.Getenv("LOADGEN_AXE"))
	if err != nil {
		t.Skip("not checked for accessibility: set LOADGEN_AXE to axe.min.js, or run make accessible")
	}
	browser := ""
	for _, name := range []string{"chromium", "google-chrome", "chromium-browser"} {
		if path, err := exec.LookPath(name); err == nil {
			browser = path
		}
	}
	if browser == "" {
		t.Skip("not checked for accessibility: no Chromium")
	}
	var page bytes.Buffer
	if err := HTML(&page, document()); err != nil {
		t.Fatal(err)
	}
	if other := os.Getenv("LOADGEN_PAGE"); other != "" {
		data, err := os.ReadFile(other)
		if err != nil {
			t.Fatal(err)
		}
		page = *bytes.NewBuffer(data)
	}
	for _, scheme := range []string{"1", "0"} { // light, dark
		for _, v := range violations(t, browser, page.String(), string(axe), scheme) {
			t.Errorf("colour scheme %s: %s: %s: %v", scheme, v.ID, v.Help, v.Nodes)
		}
	}
}

// A violation is one rule of axe-core that does not hold.
type violation struct {
	ID, Help string
	Nodes    []struct{ HTML string }
}

func violations(t *testing.T, browser, page, axe, scheme string) (out []violation) {
	t.Helper()
	const look = `<script>document.querySelectorAll("details").forEach(d => d.open = true);
axe.run(document, {runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}).then(r => {
const p = document.createElement("pre"); p.id = "axe-found";
p.textContent = JSON.stringify(r.violations); document.body.append(p); });</script>`
	file := filepath.Join(t.TempDir(), "page.html")
	if err := os.WriteFile(file, []byte(strings.Replace(page, "</body>", "<script>"+axe+"</script>"+look+"</body>", 1)),
		0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=60000",
		"--blink-settings=preferredColorScheme="+scheme, "--dump-dom", "file://"+file)
	dom, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	found := regexp.MustCompile(`(?s)<pre id="axe-found">(.*?)</pre>`).FindSubmatch(dom)
	if found == nil {
		t.Fatal("axe-core did not report")
	}
	if err := json.Unmarshal([]byte(html.UnescapeString(string(found[1]))), &out); err != nil {
		t.Fatal(err)
	}
	return out
}
