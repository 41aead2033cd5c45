package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"loadgen/results"
)

// A terminal is where the program talks to a person.
type terminal struct {
	in       io.Reader
	out, err io.Writer
	ballast  []byte // of steady
	begun    bool   // a command runs: its line was understood
}

// A watched writer remembers that something could not be written: an answer that nobody got is no success.
type watched struct {
	io.Writer
	err error
}

func (w *watched) Write(p []byte) (int, error) {
	n, err := w.Writer.Write(p)
	if err != nil && w.err == nil {
		w.err = err
	}
	return n, err
}

func isTerminal(v any) bool {
	f, ok := fileOf(v)
	return ok && term.IsTerminal(int(f.Fd()))
}

// columns is how wide a terminal is; 0: not known.
func columns(v any) int {
	f, ok := fileOf(v)
	if !ok {
		return 0
	}
	wide, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return wide
}

func fileOf(v any) (*os.File, bool) {
	if w, ok := v.(*watched); ok {
		v = w.Writer
	}
	f, ok := v.(*os.File)
	return f, ok
}

// say prints a line of the answer.
func (t *terminal) say(format string, args ...any) {
	fmt.Fprintln(t.out, results.Plain(fmt.Sprintf(format, args...)))
}

// note prints a line about the work, beside the answer.
func (t *terminal) note(format string, args ...any) {
	fmt.Fprintln(t.err, results.Plain(fmt.Sprintf("loadgen: "+format, args...)))
}

// busy says on a terminal what takes a while; what it returns takes the words back.
func (t *terminal) busy(words string) (done func()) {
	if !isTerminal(t.err) {
		return func() {}
	}
	fmt.Fprintf(t.err, "\r\x1b[K%s", words)
	return func() { fmt.Fprint(t.err, "\r\x1b[K") }
}

// agree asks a yes-or-no question; without a terminal the answer is no.
func (t *terminal) agree(question string) bool {
	if !isTerminal(t.in) {
		return false
	}
	fmt.Fprintf(t.err, "loadgen: %s [y/N] ", question)
	line, _ := bufio.NewReader(t.in).ReadString('\n')
	answer := strings.ToLower(strings.TrimSpace(line))
	return answer == "y" || answer == "yes"
}
