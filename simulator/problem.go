package simulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// A problem is an answer that is not 200, as vLLM 0.32 words it.
type problem struct {
	status int
	says   string
	kind   string
	param  string
}

// Error is what the body says.
func (p *problem) Error() string { return p.says }

// body is the JSON of a problem.
func (p *problem) body() []byte {
	var param *string
	if p.param != "" {
		param = &p.param
	}
	return encode(map[string]any{"error": struct {
		Message string  `json:"message"`
		Type    string  `json:"type"`
		Param   *string `json:"param"`
		Code    int     `json:"code"`
	}{p.says, p.kind, param, p.status}})
}

// encode is compact JSON as Python writes it: <, > and & stay.
func encode(v any) []byte {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // of maps, structs and scalars only: it cannot fail
	return []byte(strings.TrimSuffix(b.String(), "\n"))
}

// badValue is vLLM's own check of a parameter.
func badValue(says, param, value string) *problem {
	of := "(parameter=" + param
	if value != "" {
		of += ", value=" + value
	}
	return &problem{400, says + " " + of + ")", "BadRequestError", param}
}

// invalid is pydantic's report of one fault at a place in the body.
func invalid(kind, loc, msg, input, more string) *problem {
	says := fmt.Sprintf("1 validation error:\n  {'type': '%s', 'loc': '%s', 'msg': '%s', 'input': %s%s}", kind, loc, msg, input, more)
	return &problem{400, says, "Bad Request", loc}
}

// badJSON names the place where a thorough reader stops.
func badJSON(raw []byte) *problem {
	at := len(raw)
	if bad := (*json.SyntaxError)(nil); errors.As(json.Unmarshal(raw, new(any)), &bad) {
		at = int(bad.Offset)
	}
	return invalid("json_invalid", fmt.Sprintf("body.%d", at), "JSON decode error", "'<dict of 0 items>'", ", 'ctx': {'error': 'Expecting value'}")
}

func missingField(name string, raw []byte) *problem {
	items := 0
	_ = object(raw, func(string, []byte) error { items++; return nil }) // it was read once already
	return invalid("missing", "body."+name, "Field required", fmt.Sprintf("'<dict of %d items>'", items), "")
}

func wrongType(name, kind string, raw []byte) *problem {
	input := string(raw[:min(len(raw), 40)])
	if s, err := content(raw); err == nil {
		input = "'" + string(s[:min(len(s), 40)]) + "'"
	}
	if kind == "integer" && raw[0] == '"' {
		return invalid("int_parsing", "body."+name, "Input should be a valid integer, unable to parse string as an integer", input, "")
	}
	return invalid(kind+"_type", "body."+name, "Input should be a valid "+kind, input, "")
}

func tooLong(window, asked, prompt int) *problem {
	if prompt >= window {
		return badValue(fmt.Sprintf("This model's maximum context length is %d tokens. However, your prompt contains at least %d input tokens, which exceeds this limit even without any output tokens. Please reduce the length of the input prompt.", window, window+1), "input_tokens", fmt.Sprint(window+1))
	}
	return badValue(fmt.Sprintf("This model's maximum context length is %d tokens. However, you requested %d output tokens and your prompt contains at least %d input tokens, for a total of at least %d tokens. Please reduce the length of the input prompt or the number of requested output tokens.", window, asked, window-asked+1, window+1), "input_tokens", fmt.Sprint(window-asked+1))
}

func unknownModel(name, served string) *problem {
	return &problem{404, fmt.Sprintf("The model `%s` does not exist. Valid aliases: %s.", name, served), "NotFoundError", "model"}
}

func queueFull() *problem {
	return &problem{503, "The engine is currently busy and cannot accept new requests. Please try again later or on a different instance.", "Service Unavailable", ""}
}
