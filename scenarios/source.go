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
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// sourceMost bounds a file of prompts, bytes.
const sourceMost = 512 << 20

// A source is a file of recorded prompts. The prompts themselves are not kept with a run: the file's hash is.
type source struct {
	File   string `json:"file"` // as the scenario gives it, from the scenario's directory
	Format string `json:"format"`
	Input  string `json:"input,omitempty"`  // lengths: the column of prompt tokens
	Output string `json:"output,omitempty"` // lengths: the column of answer tokens
	SHA    string `json:"sha256"`
	N      int    `json:"n"` // prompts

	LeftOut int      `json:"left_out,omitempty"` // rows without a prompt or an answer: failures of the recording
	Says    []string `json:"says,omitempty"`     // what of the file is not asked as it stands there

	rows  []row
	lines []int // of the file, of each row
}

// A row is one recorded prompt.
type row struct {
	text     string
	messages string // a JSON array; empty: text is one user message
	input    int    // tokens of a prompt to be generated; 0: text is given
	output   int    // tokens of the answer; 0: not known
	request  *Request
}

// A sourceFormat is a way in which prompts are kept.
type sourceFormat struct {
	Name string
	Doc  string
	read func(s *source, data []byte) (place int, err error) // place of an error: a line, or an item from 1
}

// sourceFormats are the ways known here.
var sourceFormats = []sourceFormat{
	{"messages", "JSON lines of requests as the OpenAI API has them, or of its batches: messages, and what else they " +
		"ask; output length from max_tokens or max_completion_tokens", readMessages},
	{"custom", "vLLM's custom JSON lines: prompt, and output_tokens where given", readCustom},
	{"sharegpt", "ShareGPT's JSON: the first human turn is asked; the answer's length is estimated at a token per 4 bytes",
		readShareGPT},
	{"lengths", "CSV with columns of prompt and answer tokens, or JSON lines with such keys (Mooncake), drawn together " +
		"row by row; texts are generated", readLengths},
}

// load reads the file, which lies beside the scenario.
func (s *source) load(scenario string) error {
	data, err := beside(scenario, s.File, sourceMost)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(data)
	s.SHA = hex.EncodeToString(sum[:])
	if data, err = asUTF8(data); err != nil {
		return fmt.Errorf("%s: %w", s.File, err)
	}
	i := slices.IndexFunc(sourceFormats, func(f sourceFormat) bool { return f.Name == s.Format })
	if place, err := sourceFormats[i].read(s, data); err != nil {
		return fmt.Errorf("%s:%d: %w", s.File, place, err)
	}
	if s.N = len(s.rows); s.N == 0 {
		if s.LeftOut > 0 {
			return fmt.Errorf("%s: no row in it has both a prompt and an answer: %d were left out", s.File, s.LeftOut)
		}
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

// asUTF8 takes off a byte-order mark.
func asUTF8(data []byte) ([]byte, error) {
	if bytes.HasPrefix(data, []byte{0xff, 0xfe}) || bytes.HasPrefix(data, []byte{0xfe, 0xff}) {
		return nil, errors.New("it is UTF-16: save it as UTF-8")
	}
	return bytes.TrimPrefix(data, []byte("\ufeff")), nil
}

// eachLine calls take for every line that is not blank; of a JSON list, for every item, whose number counts as the
// line.
func eachLine(data []byte, take func(n int, line []byte) error) (n int, err error) {
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("[")) {
		var list []json.RawMessage
		if err := json.Unmarshal(data, &list); err != nil {
			return 1, plainJSON(err)
		}
		for i, item := range list {
			if err := take(i+1, item); err != nil {
				return i + 1, err
			}
		}
		return len(list), nil
	}
	for line := range bytes.Lines(data) {
		n++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if err := take(n, line); err != nil {
			return n, err
		}
	}
	return n, nil
}

// keep adds a row that stands in a line.
func (s *source) keep(line int, r row) {
	s.rows, s.lines = append(s.rows, r), append(s.lines, line)
}

// A count is a whole number however JSON writes it: 20, 20.0, 2e1, "20". 0 where there is none.
type count int

// UnmarshalJSON reads it.
func (c *count) UnmarshalJSON(text []byte) error {
	v, ok := whole(strings.Trim(string(text), `"`))
	if !ok {
		return fmt.Errorf("given %s, expected a number of tokens", clip(string(text)))
	}
	*c = count(v)
	return nil
}

// whole reads a whole number however it is written; nothing, null and NaN are 0.
func whole(text string) (int, bool) {
	text = strings.TrimSpace(text)
	if slices.Contains([]string{"", "null", "nan"}, strings.ToLower(text)) {
		return 0, true
	}
	v, err := strconv.ParseFloat(text, 64)
	if err != nil || v != math.Trunc(v) || math.Abs(v) > 1<<24 {
		return 0, false
	}
	return int(v), true
}

func clip(text string) string {
	if r := []rune(text); len(r) > 40 {
		text = string(r[:40]) + "…"
	}
	return text
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

func readCustom(s *source, data []byte) (int, error) {
	return eachLine(data, func(n int, line []byte) error {
		var r struct {
			Prompt       string `json:"prompt"`
			OutputTokens count  `json:"output_tokens"`
		}
		if err := json.Unmarshal(line, &r); err != nil {
			return plainJSON(err)
		}
		if r.Prompt == "" {
			return errors.New("expected the key prompt with a text")
		}
		s.keep(n, row{text: r.Prompt, output: max(int(r.OutputTokens), 0)})
		return nil
	})
}

func readShareGPT(s *source, data []byte) (int, error) {
	return eachLine(data, func(n int, line []byte) error {
		var c struct {
			Conversations []struct{ From, Value string }
		}
		if err := json.Unmarshal(line, &c); err != nil {
			return plainJSON(err)
		}
		if c.Conversations == nil {
			return errors.New("expected the key conversations: a list of {from, value}")
		}
		turns := c.Conversations
		for len(turns) > 0 && turns[0].From != "human" && turns[0].From != "user" {
			turns = turns[1:] // a system turn, or a conversation cut in its middle
		}
		if len(turns) >= 2 && turns[0].Value != "" && turns[1].Value != "" {
			s.keep(n, row{text: turns[0].Value, output: (len(turns[1].Value) + 3) / 4})
		}
		return nil
	})
}

// inputNames and outputNames are the columns of recordings of others; any case.
var (
	inputNames = []string{"input", "input_length", "input_tokens", "prompt_tokens", "contexttokens", "request tokens",
		"input_len", "prompt_len", "prompt_length",
		"num_prompt_tokens", "num_prefill_tokens", "input_toks"}
	outputNames = []string{"output", "output_length", "output_tokens", "completion_tokens", "generatedtokens",
		"response tokens", "output_len", "response_len", "response_length",
		"generated_tokens", "num_output_tokens", "num_decode_tokens", "output_toks"}
)

func readLengths(s *source, data []byte) (int, error) {
	if bytes.Contains(data[:min(len(data), 4096)], []byte(`"hash_ids"`)) {
		s.Says = append(s.Says, "hash_ids are not followed: what its prompts had in common is not in the generated ones, "+
			"so the prefix cache finds less than it did")
	}
	left, place, err := eachRow(data, []wanted{{s.Input, inputNames}, {s.Output, outputNames}}, func(line int, n []int) {
		s.keep(line, row{input: n[0], output: n[1]})
	})
	s.LeftOut = left
	return place, err
}

// A wanted column is one that is named, else one of the usual names.
type wanted struct {
	named string
	usual []string
}

// A taking is what becomes of one row: cell gives the text in a wanted column.
type taking func(line int, cell func(i int) (string, error)) error

// eachRow calls take with the token counts in the wanted columns of every row of a CSV file with a head, or of JSON
// lines. A row in which one of them is 0 or missing is left out: the recording of a failure. place is the line of an
// error.
func eachRow(data []byte, columns []wanted, take func(line int, counts []int)) (left, place int, err error) {
	counts := make([]int, len(columns))
	one := func(line int, cell func(i int) (string, error)) error {
		failed := false
		for i := range columns {
			text, err := cell(i)
			if err != nil {
				return err
			}
			if counts[i], err = tokens(text); err != nil {
				return err
			}
			failed = failed || counts[i] == 0
		}
		if failed {
			left++
			return nil
		}
		take(line, counts)
		return nil
	}
	read := eachRecord
	if first := bytes.TrimSpace(data); len(first) > 0 && (first[0] == '{' || first[0] == '[') {
		read = eachObject
	}
	place, err = read(data, columns, one)
	return left, place, err
}

// eachObject is eachRow of JSON lines.
func eachObject(data []byte, columns []wanted, one taking) (place int, err error) {
	return eachLine(data, func(line int, text []byte) error {
		var cells map[string]json.RawMessage
		if err := json.Unmarshal(text, &cells); err != nil {
			return plainJSON(err)
		}
		keys := slices.Sorted(maps.Keys(cells))
		return one(line, func(i int) (string, error) {
			k, err := column(keys, columns[i].named, columns[i].usual)
			if err != nil {
				return "", err
			}
			return strings.Trim(string(cells[keys[k]]), `"`), nil
		})
	})
}

// eachRecord is eachRow of a CSV file.
func eachRecord(data []byte, columns []wanted, one taking) (place int, err error) {
	in := table(data)
	in.ReuseRecord = true
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
		line, _ := in.FieldPos(0)
		if err := one(line, func(i int) (string, error) { return fields[at[i]], nil }); err != nil {
			return line, err
		}
	}
}

// table reads CSV, also with the semicolons or tabs that its first line has in place of commas.
func table(data []byte) *csv.Reader {
	in := csv.NewReader(bytes.NewReader(data))
	in.TrimLeadingSpace = true
	first, _, _ := bytes.Cut(data, []byte("\n"))
	for _, c := range []rune{';', '\t'} {
		if !bytes.ContainsRune(first, ',') && bytes.ContainsRune(first, c) {
			in.Comma, in.TrimLeadingSpace = c, c != '\t'
			break
		}
	}
	return in
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

// tokens reads a count; 0 where there is none.
func tokens(text string) (int, error) {
	n, ok := whole(text)
	if !ok || n < 0 {
		return 0, fmt.Errorf("given %q, expected a number of tokens, at least 1", clip(text))
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
	case errors.As(err, &kind) && kind.Field == "":
		return fmt.Errorf("a %s stands where an object is expected", kind.Value)
	case errors.As(err, &kind):
		return fmt.Errorf("%s: given a %s where another kind of value is expected", kind.Field, kind.Value)
	case strings.HasPrefix(err.Error(), "given "): // of a count
		return err
	}
	return errors.New("not JSON")
}

// known reports whether every prompt has its answer's length.
func (s *source) known() bool {
	return !slices.ContainsFunc(s.rows, func(r row) bool { return r.output == 0 })
}

// means are the mean tokens of prompt and answer; texts count a token per 4 bytes.
func (s *source) means() (prompt, output float64) {
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
