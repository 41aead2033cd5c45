package scenarios

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// lineAsks are keys of a recorded request that are sent with it as they stand, beside tools, tool_choice and sampling;
// lineSilent are those that are read otherwise, or ask nothing. What else a line has is not sent, and said.
var (
	lineAsks = []string{"response_format", "stop", "presence_penalty", "frequency_penalty", "repetition_penalty",
		"logit_bias", "logprobs", "top_logprobs", "min_p",
		"parallel_tool_calls", "reasoning_effort", "guided_json", "guided_regex", "guided_choice", "guided_grammar",
		"structured_outputs", "chat_template_kwargs",
		"stop_token_ids", "bad_words"}
	lineSilent = []string{"messages", "max_tokens", "max_completion_tokens", "stream", "stream_options"}
)

func readMessages(s *source, data []byte) (int, error) {
	said := map[string]int{} // keys that are not sent, and how many lines have them
	answers := 0
	place, err := eachLine(data, func(n int, line []byte) error {
		all, err := requestOf(line)
		if err != nil {
			return err
		}
		var limits [2]count
		for i, key := range []string{"max_tokens", "max_completion_tokens"} {
			if raw := all[key]; raw != nil {
				if err := limits[i].UnmarshalJSON(raw); err != nil {
					return fmt.Errorf("%s: %w", key, err)
				}
			}
		}
		messages, cut, err := withoutAnswer(all["messages"])
		if err != nil {
			return err
		}
		if messages == nil {
			s.LeftOut++
			return nil
		}
		if cut {
			answers++
		}
		text, err := textOf(messages)
		if err != nil {
			return err
		}
		request, err := asks(all, said)
		if err != nil {
			return err
		}
		s.keep(n, row{text: text, messages: string(messages), output: int(max(limits[0], limits[1], 0)), request: request})
		return nil
	})
	if answers > 0 {
		s.Says = append(s.Says, fmt.Sprintf("%d conversations end with the assistant's answer: it is left off, and the "+
			"question before it is asked", answers))
	}
	for _, key := range slices.Sorted(maps.Keys(said)) {
		s.Says = append(s.Says, fmt.Sprintf("%s of %d lines is not sent", clip(key), said[key]))
	}
	return place, err
}

// requestOf is the request in a line: the line itself, or the body of a line of a batch.
func requestOf(line []byte) (map[string]json.RawMessage, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(line, &all); err != nil {
		return nil, plainJSON(err)
	}
	body, inside := all["body"]
	if _, own := all["messages"]; own || !inside {
		return all, nil
	}
	all = nil
	if err := json.Unmarshal(body, &all); err != nil {
		return nil, errors.New("body: expected a request with messages")
	}
	return all, nil
}

// withoutAnswer leaves off what the assistant says last: it is what the server is to say. Nil: nothing is left to ask.
func withoutAnswer(raw json.RawMessage) (out json.RawMessage, cut bool, err error) {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil || len(list) == 0 {
		return nil, false, errors.New("expected messages: a list of {role, content}")
	}
	for len(list) > 0 {
		var last struct {
			Role string `json:"role"`
		}
		if json.Unmarshal(list[len(list)-1], &last) != nil || last.Role != "assistant" {
			break
		}
		list, cut = list[:len(list)-1], true
	}
	switch {
	case !cut:
		return raw, false, nil
	case len(list) == 0:
		return nil, true, nil
	}
	out, _ = json.Marshal(list) // it was JSON
	return out, true, nil
}

// asks is what a recorded request asks beside its messages, nil: nothing; said counts the keys that are not sent.
func asks(all map[string]json.RawMessage, said map[string]int) (*Request, error) {
	var q Request
	given := false
	for _, key := range slices.Sorted(maps.Keys(all)) {
		var v any
		if json.Unmarshal(all[key], &v) != nil || v == nil || slices.Contains(lineSilent, key) {
			continue
		}
		sent, err := q.ask(key, v)
		if err != nil {
			return nil, err
		}
		if given = given || sent; !sent {
			said[key]++
		}
	}
	if !given {
		return nil, nil
	}
	return &q, nil
}

// ask takes one key of a recorded request; sent is false where it is not sent.
func (q *Request) ask(key string, v any) (sent bool, err error) {
	number, isNumber := v.(float64)
	switch key {
	case "temperature", "top_p", "top_k":
		if !isNumber {
			return false, fmt.Errorf("%s: expected a number", key)
		}
		k := int(number)
		switch key {
		case "temperature":
			q.Temperature = &number
		case "top_p":
			q.TopP = &number
		default:
			q.TopK = &k
		}
		return true, nil
	case "tools":
		list, ok := v.([]any)
		if !ok {
			return false, errors.New("tools: expected a list")
		}
		q.Tools = list
		return true, nil
	case "tool_choice":
		if text, ok := v.(string); ok {
			q.ToolChoice = text
			return true, nil
		}
	default:
		if !slices.Contains(lineAsks, key) {
			return key == "n" && number == 1, nil
		}
	}
	q.ExtraBody = merged(q.ExtraBody, map[string]any{key: v})
	return true, nil
}
