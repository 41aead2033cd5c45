package scenarios

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// sourceMost bounds a file of prompts, bytes.
const sourceMost = 512 << 20

// A Source is a file of recorded prompts. The prompts themselves are not kept with a run: the file's hash is.
type Source struct {
	File   string `json:"file"` // as the scenario gives it, from the scenario's directory
	Format string `json:"format"`
	Input  string `json:"input,omitempty"`  // lengths: the column of prompt tokens
	Output string `json:"output,omitempty"` // lengths: the column of answer tokens
	SHA    string `json:"sha256"`
	N      int    `json:"n"` // prompts

	rows []row
}

// A row is one recorded prompt.
type row struct {
	text     string
	messages string // a JSON array; empty: text is one user message
	input    int    // tokens of a prompt to be generated; 0: text is given
	output   int    // tokens of the answer; 0: not known
}

// A SourceFormat is a way in which prompts are kept.
type SourceFormat struct {
	Name string
	Doc  string
	read func(s *Source, data []byte) (place int, err error) // place of an error: a line, or an item from 1
}

// SourceFormats are the ways known here.
var SourceFormats = []SourceFormat{
	{"messages", "JSON lines with messages as the OpenAI API has them; output length from max_tokens or max_completion_tokens", readMessages},
	{"custom", "vLLM's custom JSON lines: prompt, and output_tokens where given", readCustom},
	{"sharegpt", "ShareGPT's JSON: the first human turn is asked; the answer's length is estimated at a token per 4 bytes", readShareGPT},
	{"lengths", "CSV with columns of prompt and answer tokens, drawn together row by row; texts are generated", readLengths},
}

// load reads the file, which lies beside the scenario.
func (s *Source) load(scenario string) error {
	data, err := beside(scenario, s.File, sourceMost)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	s.SHA = hex.EncodeToString(sum[:])
	i := slices.IndexFunc(SourceFormats, func(f SourceFormat) bool { return f.Name == s.Format })
	if place, err := SourceFormats[i].read(s, data); err != nil {
		return fmt.Errorf("%s:%d: %w", s.File, place, err)
	}
	if s.N = len(s.rows); s.N == 0 {
		return fmt.Errorf("%s: no prompt in it", s.File)
	}
	return nil
}

// beside reads a regular file that a scenario names, from the scenario's directory.
func beside(scenario, file string, most int64) ([]byte, error) {
	path := file
	if !filepath.IsAbs(path) {
		path = filepath.Join(filepath.Dir(scenario), path)
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("%s: cannot be read: no such file", file)
	}
	if !info.Mode().IsRegular() || info.Size() > most {
		return nil, fmt.Errorf("%s: expected a file of at most %d MiB", file, most>>20)
	}
	return os.ReadFile(path)
}

// eachLine calls take for every line that is not blank.
func eachLine(data []byte, take func(line []byte) error) (n int, err error) {
	for line := range bytes.Lines(data) {
		n++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if err := take(line); err != nil {
			return n, err
		}
	}
	return n, nil
}

func readMessages(s *Source, data []byte) (int, error) {
	return eachLine(data, func(line []byte) error {
		var r struct {
			Messages            json.RawMessage `json:"messages"`
			MaxTokens           int             `json:"max_tokens"`
			MaxCompletionTokens int             `json:"max_completion_tokens"`
		}
		if err := json.Unmarshal(line, &r); err != nil {
			return plainJSON(err)
		}
		text, err := textOf(r.Messages)
		if err != nil {
			return err
		}
		s.rows = append(s.rows, row{text: text, messages: string(r.Messages), output: max(r.MaxTokens, r.MaxCompletionTokens, 0)})
		return nil
	})
}

// textOf joins what messages say, for hashes and for APIs without messages.
func textOf(messages json.RawMessage) (string, error) {
	var list []struct {
		Role    string          `json:"role"`
		Content json.RawMessage `json:"content"`
	}
	if json.Unmarshal(messages, &list) != nil || len(list) == 0 {
		return "", errors.New("expected messages: a list of {role, content}")
	}
	var parts []string
	for _, m := range list {
		if m.Role == "" {
			return "", errors.New("a message without a role")
		}
		var text string
		if json.Unmarshal(m.Content, &text) != nil {
			text = string(m.Content)
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "\n\n"), nil
}

func readCustom(s *Source, data []byte) (int, error) {
	return eachLine(data, func(line []byte) error {
		var r struct {
			Prompt       string `json:"prompt"`
			OutputTokens int    `json:"output_tokens"`
		}
		if err := json.Unmarshal(line, &r); err != nil {
			return plainJSON(err)
		}
		if r.Prompt == "" {
			return errors.New("expected the key prompt with a text")
		}
		s.rows = append(s.rows, row{text: r.Prompt, output: max(r.OutputTokens, 0)})
		return nil
	})
}

func readShareGPT(s *Source, data []byte) (int, error) {
	var list []struct {
		Conversations []struct{ From, Value string }
	}
	if err := json.Unmarshal(data, &list); err != nil {
		return 1, plainJSON(err)
	}
	for _, c := range list {
		turns := c.Conversations
		for len(turns) > 0 && turns[0].From != "human" && turns[0].From != "user" {
			turns = turns[1:] // a system turn, or a conversation cut in its middle
		}
		if len(turns) >= 2 && turns[0].Value != "" && turns[1].Value != "" {
			s.rows = append(s.rows, row{text: turns[0].Value, output: (len(turns[1].Value) + 3) / 4})
		}
	}
	return 1, nil
}

// inputNames and outputNames are the columns of recordings of others; any case.
var (
	inputNames  = []string{"input", "input_length", "input_tokens", "prompt_tokens", "contexttokens", "request tokens"}
	outputNames = []string{"output", "output_length", "output_tokens", "completion_tokens", "generatedtokens", "response tokens"}
)

func readLengths(s *Source, data []byte) (int, error) {
	return eachRow(data, []wanted{{s.Input, inputNames}, {s.Output, outputNames}}, func(n []int) {
		s.rows = append(s.rows, row{input: n[0], output: n[1]})
	})
}

// A wanted column is one that is named, else one of the usual names.
type wanted struct {
	named string
	usual []string
}

// eachRow calls take with the token counts in the wanted columns of every line of a CSV file with a head. place is the line of an error.
func eachRow(data []byte, columns []wanted, take func([]int)) (place int, err error) {
	in := csv.NewReader(bytes.NewReader(data))
	in.ReuseRecord, in.TrimLeadingSpace = true, true
	head, err := in.Read()
	if err != nil {
		return 1, errors.New("expected a first line with the columns' names")
	}
	at := make([]int, len(columns))
	for i, c := range columns {
		if at[i], err = column(head, c.named, c.usual); err != nil {
			return 1, err
		}
	}
	counts := make([]int, len(columns))
	for {
		fields, err := in.Read()
		var broken *csv.ParseError
		switch {
		case errors.Is(err, io.EOF):
			return 0, nil
		case errors.As(err, &broken):
			return broken.Line, errors.New("a line with another number of columns, or with a stray quote")
		case err != nil:
			return 1, err
		}
		for i, k := range at {
			if counts[i], err = tokens(fields[k]); err != nil {
				line, _ := in.FieldPos(k)
				return line, err
			}
		}
		take(counts)
	}
}

// column finds the one named, else one of the usual names.
func column(head []string, named string, usual []string) (int, error) {
	if named != "" {
		usual = []string{named}
	}
	for _, want := range usual {
		if i := slices.IndexFunc(head, func(h string) bool { return strings.EqualFold(strings.TrimSpace(h), want) }); i >= 0 {
			return i, nil
		}
	}
	return 0, fmt.Errorf("no column %s", strings.Join(usual, ", "))
}

func tokens(text string) (int, error) {
	n, err := strconv.Atoi(strings.TrimSpace(text))
	if err != nil || n < 1 || n > 1<<24 {
		return 0, fmt.Errorf("given %q, expected a number of tokens, at least 1", text)
	}
	return n, nil
}

// plainJSON says where a JSON text breaks, without Go's own words for its types.
func plainJSON(err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		return fmt.Errorf("not JSON at byte %d", syntax.Offset)
	case errors.As(err, &kind):
		return fmt.Errorf("%s: given a %s where another kind of value is expected", kind.Field, kind.Value)
	}
	return errors.New("not JSON")
}

// known tells that every prompt has its answer's length.
func (s *Source) known() bool {
	return !slices.ContainsFunc(s.rows, func(r row) bool { return r.output == 0 })
}

// means are the mean tokens of prompt and answer; texts count a token per 4 bytes.
func (s *Source) means() (prompt, output float64) {
	for _, r := range s.rows {
		if r.input > 0 {
			prompt += float64(r.input)
		} else {
			prompt += float64(len(r.text)) / 4
		}
		output += float64(r.output)
	}
	n := float64(max(1, len(s.rows)))
	return prompt / n, output / n
}
