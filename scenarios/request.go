package scenarios

import (
	"maps"
	"time"
)

// A Request is what every request carries beside its prompt. Zero fields are not sent.
type Request struct {
	Temperature        *float64       `json:"temperature,omitzero"`
	TopP               *float64       `json:"top_p,omitzero"`
	TopK               *int           `json:"top_k,omitzero"`
	ChatTemplateKwargs map[string]any `json:"chat_template_kwargs,omitzero"` // such as enable_thinking: false
	// functions that the model may call, as the OpenAI API has them
	Tools      []any          `json:"tools,omitzero"`
	ToolChoice string         `json:"tool_choice,omitzero"` // auto, none or required
	JSONSchema map[string]any `json:"json_schema,omitzero"` // the answer must be JSON of this schema
	ExtraBody  map[string]any `json:"extra_body,omitzero"`  // merged into the body last
	// longest event of a stream, MiB; 0: 1; the scenario's only
	MaxEventMiB int `json:"max_event_mib,omitzero"`
	// over the whole request, counted from its due time; the scenario's only
	Timeout time.Duration `json:"timeout_ns,omitzero"`
}

// over returns what a class asks on top of what the scenario asks: its keys win one by one.
func (q Request) over(base Request) Request {
	out := base
	if q.Temperature != nil {
		out.Temperature = q.Temperature
	}
	if q.TopP != nil {
		out.TopP = q.TopP
	}
	if q.TopK != nil {
		out.TopK = q.TopK
	}
	if q.Tools != nil {
		out.Tools = q.Tools
	}
	if q.ToolChoice != "" {
		out.ToolChoice = q.ToolChoice
	}
	if q.JSONSchema != nil {
		out.JSONSchema = q.JSONSchema
	}
	out.ChatTemplateKwargs = merged(base.ChatTemplateKwargs, q.ChatTemplateKwargs)
	out.ExtraBody = merged(base.ExtraBody, q.ExtraBody)
	return out
}

func merged(under, over map[string]any) map[string]any {
	if len(over) == 0 {
		return under
	}
	out := map[string]any{}
	maps.Copy(out, under)
	maps.Copy(out, over)
	return out
}
