package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// How many steps a search plays nobody knows before, and its presets repeat nothing.
func TestCheckOfASearch(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s.yaml")
	text := "version: 1\nname: s\ntargets: {a: {url: 'http://a:8000', model: Qwen/Qwen3-8B}}\nload: {find: rate}\n" +
		"prompts: {chat: {input: {fixed: 200}, output: {fixed: 100}}}\nobjective: {ttft: 1s, attainment: 90%}\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	said := call(t, exitOK, "check", path)
	if !strings.Contains(said, "in all 1 search, about") || strings.Contains(said, "1 step") ||
		!regexp.MustCompile(`find rate +– `).MatchString(said) || strings.Contains(said, "repetitions") ||
		!strings.Contains(said, "with preset: default ") {
		t.Error(said)
	}
	said = call(t, exitOK, "check", "demo")
	if !strings.Contains(said, "steps, about") || !strings.Contains(said, "three repetitions") {
		t.Error(said)
	}
}
