package sse

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fixture is the body of a recorded answer, chunk framing taken off by net/http; a truncated one ends where it ends.
func fixture(t testing.TB, name string) []byte {
	raw, err := os.ReadFile(filepath.Join("testdata", name+".response.http"))
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(raw)), nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil && err != io.ErrUnexpectedEOF {
		t.Fatal(err)
	}
	return body
}

// A note is an Event that outlives its stream.
type note struct {
	Kind       Kind
	ID, Finish string
	Text       string
	Message    string
	Blank      bool
	Usage      Usage
	Metrics    bool
}

func noted(ev *event) note {
	return note{ev.Kind, string(ev.ID), string(ev.Finish), unquote(ev.Text), ev.Message, ev.Blank, ev.Usage, ev.HasMetrics}
}

// cut reads a stream that comes in the given pieces.
func cut(r *Reader, pieces ...[]byte) (out []note, err error) {
	r.Reset()
	for _, p := range pieces {
		own := bytes.Clone(p)
		r.Feed(own)
		for r.Next() {
			out = append(out, noted(&r.Event))
		}
		for i := range own {
			own[i] = '#' // the reader must not need it any more
		}
	}
	r.Finish()
	for r.Next() {
		out = append(out, noted(&r.Event))
	}
	return out, r.Err()
}

// reference reads a stream with encoding/json, line by line, in the plain way.
func reference(body string) (out []note, whole bool) {
	for _, block := range strings.Split(strings.ReplaceAll(body, "\r\n", "\n"), "\n\n") {
		if strings.HasPrefix(block, "event: ") {
			_, block, _ = strings.Cut(block, "\n")
		}
		payload, is := strings.CutPrefix(block, "data: ")
		switch {
		case !is:
		case payload == "[DONE]":
			out = append(out, note{Kind: Done})
		default:
			n, ok := decodeReference(payload)
			if !ok {
				return out, false
			}
			out = append(out, n)
		}
	}
	return out, true
}

type referenceChunk struct {
	ID, Object, Message string
	Type                string
	Delta               json.RawMessage
	Response            *struct {
		ID, Status string
		Incomplete *struct{ Reason string } `json:"incomplete_details"`
		Metrics    *struct{}
		Usage      *struct {
			Input  *int32 `json:"input_tokens"`
			Output *int32 `json:"output_tokens"`
			InputD struct {
				Cached *int32 `json:"cached_tokens"`
			} `json:"input_tokens_details"`
			OutputD struct {
				Reasoning *int32 `json:"reasoning_tokens"`
			} `json:"output_tokens_details"`
		}
	}
	Choices []struct {
		Delta struct {
			Role, Content, Reasoning string
			ReasoningContent         string            `json:"reasoning_content"`
			ToolCalls                []json.RawMessage `json:"tool_calls"`
		}
		Text   string
		Finish string `json:"finish_reason"`
	}
	Error *struct{ Message string }
	Usage *struct {
		Prompt  *int32 `json:"prompt_tokens"`
		Output  *int32 `json:"completion_tokens"`
		PromptD struct {
			Cached *int32 `json:"cached_tokens"`
		} `json:"prompt_tokens_details"`
		OutputD struct {
			Reasoning *int32 `json:"reasoning_tokens"`
		} `json:"completion_tokens_details"`
	}
	Metrics *struct{}
}

func decodeReference(payload string) (note, bool) {
	var c referenceChunk
	if json.Unmarshal([]byte(payload), &c) != nil {
		return note{}, false
	}
	n := note{ID: c.ID, Metrics: c.Metrics != nil}
	if u := c.Usage; u != nil {
		n.Usage = usageReference(u.Prompt, u.Output, u.OutputD.Reasoning, u.PromptD.Cached)
	}
	n.Kind, n.Finish = kindReference(&c)
	for _, ch := range c.Choices {
		if text := ch.Delta.Content + ch.Text; text != "" {
			n.Text = text
		}
	}
	if strings.HasPrefix(c.Type, "response.") {
		respond(&n, &c)
	}
	if c.Error != nil {
		n.Kind, n.Message = Failure, c.Error.Message
	} else if c.Object == "error" {
		n.Kind, n.Message = Failure, c.Message
	}
	n.Blank = len(c.Choices) > 0 && (n.Kind == Nothing || n.Kind == Role)
	return n, true
}

// usageReference is a usage of which some numbers may not be there.
func usageReference(prompt, output, reasoning, cached *int32) (u Usage) {
	for from, to := range map[*int32]*count{prompt: &u.Prompt, output: &u.Output, reasoning: &u.Reasoning,
		cached: &u.Cached} {
		if from != nil {
			*to = count{*from, true}
		}
	}
	return u
}

// respond reads an event of the Responses API.
func respond(n *note, c *referenceChunk) {
	var text string
	_ = json.Unmarshal(c.Delta, &text)
	switch {
	case c.Type == "response.created":
		n.Kind = Role
	case c.Type == "response.completed" && c.Response.Incomplete != nil:
		n.Kind, n.Finish = Done, map[string]string{"max_output_tokens": "length"}[c.Response.Incomplete.Reason]
	case c.Type == "response.completed":
		n.Kind, n.Finish = Done, map[string]string{"completed": "stop"}[c.Response.Status]
	case text == "":
	case c.Type == "response.output_text.delta":
		n.Kind, n.Text = Content, text
	case c.Type == "response.reasoning_text.delta":
		n.Kind = Reasoning
	case c.Type == "response.function_call_arguments.delta":
		n.Kind = Tool
	}
	if r := c.Response; r != nil {
		n.ID, n.Metrics = r.ID, r.Metrics != nil
		if u := r.Usage; u != nil {
			n.Usage = usageReference(u.Input, u.Output, u.OutputD.Reasoning, u.InputD.Cached)
		}
	}
}

func kindReference(c *referenceChunk) (k Kind, finish string) {
	var content, reasoning, tool, role bool
	for _, ch := range c.Choices {
		content = content || ch.Delta.Content+ch.Text != ""
		reasoning = reasoning || ch.Delta.Reasoning+ch.Delta.ReasoningContent != ""
		tool = tool || len(ch.Delta.ToolCalls) > 0
		role = role || ch.Delta.Role != ""
		if ch.Finish != "" {
			finish = ch.Finish
		}
	}
	switch {
	case content:
		return Content, finish
	case reasoning:
		return Reasoning, finish
	case tool:
		return Tool, finish
	case role:
		return Role, finish
	}
	return Nothing, finish
}
