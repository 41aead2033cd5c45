package scenarios

import (
	"maps"
	"time"
)

// A Request is what every request carries beside its prompt. Zero fields are not sent.
type Request struct {
	Temperature        *float64
	TopP               *float64
	TopK               *int
	ChatTemplateKwargs map[string]any // such as enable_thinking: false
	Tools              []any          // functions that the model may call, as the OpenAI API has them
	ToolChoice         string         // auto, none or required
	JSONSchema         map[string]any // the answer must be JSON of this schema
	ExtraBody          map[string]any // merged into the body last
	MaxEventMiB        int            `json:",omitempty"` // longest event of a stream, MiB; 0: 1; the scenario's only
	Timeout            time.Duration  // over the whole request, counted from its due time; the scenario's only
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
