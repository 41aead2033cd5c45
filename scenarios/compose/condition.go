package compose

import (
	"strconv"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// testWords decides what [ … ] says of texts and numbers; of files nothing is known. A variable without a value is
// empty there, as the shell has it.
func testWords(words []string) outcome {
	if n := len(words); n > 0 && words[n-1] == "]" {
		words = words[:n-1]
	}
	for i, w := range words {
		words[i] = unknownMark.ReplaceAllStringFunc(w, func(m string) string {
			if m == unknownNamed("$(…)") || m[1] == '?' {
				return m
			}
			return ""
		})
		if unknownMark.MatchString(words[i]) {
			return unknown
		}
	}
	switch {
	case len(words) > 1 && words[0] == "!":
		return map[outcome]outcome{yes: no, no: yes}[testWords(words[1:])]
	case len(words) == 0:
		return no
	case len(words) == 1:
		return told(words[0] != "")
	case len(words) == 2 && words[0] == "-z":
		return told(words[1] == "")
	case len(words) == 2 && words[0] == "-n":
		return told(words[1] != "")
	case len(words) == 3:
		return compare(words[0], words[1], words[2])
	}
	return unknown
}

func told(is bool) outcome {
	if is {
		return yes
	}
	return no
}

func compare(a, operator, b string) outcome {
	switch operator {
	case "=", "==":
		return told(a == b)
	case "!=":
		return told(a != b)
	}
	x, errX := strconv.Atoi(a)
	y, errY := strconv.Atoi(b)
	if errX != nil || errY != nil {
		return unknown
	}
	switch operator {
	case "-eq":
		return told(x == y)
	case "-ne":
		return told(x != y)
	case "-gt":
		return told(x > y)
	case "-ge":
		return told(x >= y)
	case "-lt":
		return told(x < y)
	case "-le":
		return told(x <= y)
	}
	return unknown
}

// test decides [[ … ]] in the same way.
func (s *shell) test(x syntax.TestExpr) outcome {
	switch t := x.(type) {
	case *syntax.Word:
		return s.testOf(t)
	case *syntax.ParenTest:
		return s.test(t.X)
	case *syntax.UnaryTest:
		w, isWord := t.X.(*syntax.Word)
		switch {
		case t.Op == syntax.TsNot:
			return map[outcome]outcome{yes: no, no: yes}[s.test(t.X)]
		case isWord && (t.Op == syntax.TsEmpStr || t.Op == syntax.TsNempStr):
			return s.testOf(t.Op.String(), w)
		}
	case *syntax.BinaryTest:
		return s.testBoth(t)
	}
	return unknown
}

func (s *shell) testBoth(t *syntax.BinaryTest) outcome {
	switch t.Op {
	case syntax.AndTest, syntax.OrTest:
		a, b := s.test(t.X), s.test(t.Y)
		short, long := no, yes
		if t.Op == syntax.OrTest {
			short, long = yes, no
		}
		switch {
		case a == short || b == short:
			return short
		case a == long && b == long:
			return long
		}
		return unknown
	}
	a, okA := t.X.(*syntax.Word)
	b, okB := t.Y.(*syntax.Word)
	if !okA || !okB || t.Op == syntax.TsReMatch {
		return unknown
	}
	return s.testOf(a, t.Op.String(), b)
}

// testOf decides on words and operators in their order. A pattern on the right decides nothing.
func (s *shell) testOf(parts ...any) outcome {
	var words []string
	for _, p := range parts {
		switch x := p.(type) {
		case string:
			words = append(words, x)
		case *syntax.Word:
			text := s.text(x)
			if len(words) > 1 && strings.ContainsAny(text, "*?[") {
				return unknown
			}
			words = append(words, text)
		}
	}
	return testWords(words)
}
