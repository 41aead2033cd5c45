package prompt

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// A Problem is an answer that is not 200, as vLLM 0.32 words it.
type Problem struct {
	Status int
	Says   string
	Type   string
	Param  string // the parameter at fault; "": null
}

// Error is what the body says.
func (p *Problem) Error() string { return p.Says }

// Body is the JSON of a problem.
func (p *Problem) Body() []byte {
	var param *string
	if p.Param != "" {
		param = &p.Param
	}
	return Encode(map[string]any{"error": struct {
		Message string  `json:"message"`
		Type    string  `json:"type"`
		Param   *string `json:"param"`
		Code    int     `json:"code"`
	}{p.Says, p.Type, param, p.Status}})
}

// Encode is compact JSON as Python writes it: <, > and & stay.
func Encode(v any) []byte {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // of maps, structs and scalars only: it cannot fail
	return []byte(strings.TrimSuffix(b.String(), "\n"))
}

// BadValue is vLLM's own check of a parameter.
func BadValue(says, param, value string) *Problem {
	of := "(parameter=" + param
	if value != "" {
		of += ", value=" + value
	}
	return &Problem{400, says + " " + of + ")", "BadRequestError", param}
}

// invalid is pydantic's report of one fault at a place in the body.
func invalid(kind, loc, msg, input, more string) *Problem {
	says := fmt.Sprintf("1 validation error:\n  {'type': '%s', 'loc': '%s', 'msg': '%s', 'input': %s%s}", kind, loc, msg,
		input, more)
	return &Problem{400, says, "Bad Request", loc}
}

// badJSON names the place where a thorough reader stops.
func badJSON(raw []byte) *Problem {
	at := len(raw)
	if bad := (*json.SyntaxError)(nil); errors.As(json.Unmarshal(raw, new(any)), &bad) {
		at = int(bad.Offset)
	}
	return invalid("json_invalid", fmt.Sprintf("body.%d", at), "JSON decode error", "'<dict of 0 items>'",
		", 'ctx': {'error': 'Expecting value'}")
}

func missingField(name string, raw []byte) *Problem {
	items := 0
	_ = object(raw, func(string, []byte) error { items++; return nil }) // it was read once already
	return invalid("missing", "body."+name, "Field required", fmt.Sprintf("'<dict of %d items>'", items), "")
}

func wrongType(name, kind string, raw []byte) *Problem {
	input := string(raw[:min(len(raw), 40)])
	if s, err := content(raw); err == nil {
		input = "'" + string(s[:min(len(s), 40)]) + "'"
	}
	if kind == "integer" && raw[0] == '"' {
		return invalid("int_parsing", "body."+name, "Input should be a valid integer, unable to parse string as an integer",
			input, "")
	}
	return invalid(kind+"_type", "body."+name, "Input should be a valid "+kind, input, "")
}

// TooLong refuses a prompt that the window does not hold, in tokens.
func TooLong(window int) *Problem {
	return BadValue(fmt.Sprintf("This model's maximum context length is %d tokens. However, your prompt contains at "+
		"least %d input tokens, which exceeds this limit even without any output tokens. Please reduce the length of the "+
		"input prompt.", window, window+1), "input_tokens", fmt.Sprint(window+1))
}

// UnknownModel refuses a model that is not served.
func UnknownModel(name, served string) *Problem {
	return &Problem{404, fmt.Sprintf("The model `%s` does not exist. Valid aliases: %s.", name, served), "NotFoundError",
		"model"}
}

// BacklogFull refuses a prompt while too many tokens of others wait for their first answer.
func BacklogFull() *Problem {
	return &Problem{503, "The engine has reached its prefill token backlog limit. Please try again later or on a " +
		"different instance.", "Service Unavailable", ""}
}

// QueueFull refuses what the engine has no place for.
func QueueFull() *Problem {
	return &Problem{503, "The engine is currently busy and cannot accept new requests. Please try again later or on a " +
		"different instance.", "Service Unavailable", ""}
}
