package prompt

import (
	"encoding/json"
	"errors"
	"fmt"
)

// A Body is what a request for text asks for, with its prompt already in tokens.
type Body struct {
	Chat       bool
	Model      string
	MaxTokens  int // 0: not given
	MinTokens  int
	N          int
	Stream     bool
	Options    bool // stream_options was given
	Usage      bool // in a last chunk
	Continuous bool // usage in every chunk
	IgnoreEOS  bool
	Think      bool // the template leaves the model to think
	Seed       uint64
	Logprobs   int // how many likely tokens are to be told with each; -1: nothing is
	OfPrompt   int // … with each token of the prompt (prompt_logprobs); -1: nothing is
	Interval   int // tokens between two chunks (stream_interval); 0: not given
	Echo       bool
	Prompt     []byte // text of a completion's prompt, where it is echoed
	Stops      []string
	Priority   int
	Tool       tool // that is to be called
	Tokens     *Tokens

	zero     string // the key of a limit of 0 tokens, which goes with echo alone
	salt     string
	top      int    // top_logprobs
	tools    []byte // raw
	choice   []byte // tool_choice, raw
	messages []byte // raw
	prompt   []byte // raw
}

// Read parses the body of /v1/chat/completions or /v1/completions; its tokens are hashed by blocks. A *Problem is the
// client's fault. raw is the caller's again.
func Read(raw []byte, chat bool, blockSize int) (*Body, error) {
	b, err := read(raw, chat, blockSize)
	if err != nil {
		return nil, err
	}
	b.messages, b.prompt, b.tools, b.choice = nil, nil, nil, nil
	return b, nil
}

func read(raw []byte, chat bool, blockSize int) (*Body, error) {
	b := &Body{Chat: chat, N: 1, Think: true, Logprobs: -1, OfPrompt: -1}
	err := object(raw, b.field)
	if err == errJSON {
		return nil, badJSON(raw)
	}
	if err != nil {
		return nil, err
	}
	if missing := b.missing(); missing != "" {
		return nil, missingField(missing, raw)
	}
	if chat && b.top > 0 && b.Logprobs < 0 {
		return nil, BadValue("when using `top_logprobs`, `logprobs` must be set to true.", "top_logprobs", "")
	}
	if chat && b.Logprobs >= 0 {
		b.Logprobs = b.top
	}
	if err := b.together(); err != nil {
		return nil, err
	}
	b.Tokens = newTokens(blockSize, b.salt)
	b.Tokens.keep = b.OfPrompt >= 0
	return b, b.tokenize()
}

// together checks what depends on several keys.
func (b *Body) together() error {
	switch {
	case b.zero != "" && !b.Echo:
		return BadValue(b.zero+" must be at least 1, got 0.", b.zero, "0")
	case b.OfPrompt > 0 && b.Stream:
		return BadValue("`prompt_logprobs` are not available when `stream=True`.", "prompt_logprobs", "")
	}
	if b.Echo && b.OfPrompt < 0 {
		b.OfPrompt = b.Logprobs
	}
	return nil
}

// EchoOnly reports whether the prompt alone is wanted back.
func (b *Body) EchoOnly() bool { return b.Echo && b.zero != "" }

func (b *Body) tokenize() error {
	if b.Chat {
		return b.template()
	}
	return b.plain()
}

func (b *Body) missing() string {
	switch {
	case b.Chat && b.messages == nil:
		return "messages"
	case !b.Chat && b.prompt == nil:
		return "prompt"
	}
	return ""
}

func (b *Body) field(key string, raw []byte) error {
	switch key {
	case "model":
		return decode(key, raw, &b.Model, "string")
	case "messages":
		b.messages = raw
	case "prompt":
		b.prompt = raw
	case "max_tokens", "max_completion_tokens":
		return b.limit(key, raw)
	case "min_tokens":
		return decode(key, raw, &b.MinTokens, "integer")
	case "n":
		return decode(key, raw, &b.N, "integer")
	case "stream":
		return decode(key, raw, &b.Stream, "boolean")
	case "ignore_eos":
		return decode(key, raw, &b.IgnoreEOS, "boolean")
	case "cache_salt":
		return decode(key, raw, &b.salt, "string")
	case "priority":
		return decode(key, raw, &b.Priority, "integer")
	case "tools":
		b.tools = raw
	case "tool_choice":
		b.choice = raw
	case "seed":
		var seed int64
		err := decode(key, raw, &seed, "integer")
		b.Seed = uint64(seed)
		return err
	case "logprobs":
		return b.logprobs(raw)
	case "prompt_logprobs":
		return likely(key, raw, &b.OfPrompt)
	case "stream_interval":
		return b.interval(raw)
	case "echo":
		return b.echo(raw)
	case "top_logprobs":
		return likely(key, raw, &b.top)
	case "stop":
		return b.stop(raw)
	case "stream_options":
		return b.streamOptions(raw)
	case "chat_template_kwargs":
		return b.templateKwargs(raw)
	}
	return nil
}

func (b *Body) limit(key string, raw []byte) error {
	var n *int
	if err := decode(key, raw, &n, "integer"); err != nil || n == nil {
		return err
	}
	if *n == 0 {
		b.zero = key
		return nil
	}
	if *n < 1 {
		return BadValue(fmt.Sprintf("%s must be at least 1, got %d.", key, *n), key, fmt.Sprint(*n))
	}
	b.MaxTokens = *n
	return nil
}

// echo is for completions: what a chat would repeat is its last message, which is not done here.
func (b *Body) echo(raw []byte) error {
	if b.Chat {
		return nil
	}
	return decode("echo", raw, &b.Echo, "boolean")
}

func (b *Body) interval(raw []byte) error {
	var n *int
	if err := decode("stream_interval", raw, &n, "integer"); err != nil || n == nil {
		return err
	}
	if *n < 1 {
		return invalid("greater_than_equal", "body.stream_interval", "Input should be greater than or equal to 1",
			fmt.Sprint(*n), ", 'ctx': {'ge': 1}")
	}
	b.Interval = *n
	return nil
}

// logprobs is a switch in a chat, a number elsewhere.
func (b *Body) logprobs(raw []byte) error {
	if !b.Chat {
		return likely("logprobs", raw, &b.Logprobs)
	}
	on := false
	err := decode("logprobs", raw, &on, "boolean")
	if on {
		b.Logprobs = 0
	}
	return err
}

// likely reads how many likely tokens are to be told with each.
func likely(key string, raw []byte, into *int) error {
	var n *int
	err := decode(key, raw, &n, "integer")
	switch {
	case err != nil || n == nil:
		return err
	case *n < 0:
		return BadValue(fmt.Sprintf("`%s` must be a non-negative value or -1.", key), key, fmt.Sprint(*n))
	case *n > mostLikely:
		return BadValue(fmt.Sprintf("Requested sample logprobs of %d, which is greater than max allowed: %d", *n, mostLikely),
			"logprobs", fmt.Sprint(*n))
	}
	*into = *n
	return nil
}

// mostLikely is --max-logprobs.
const mostLikely = 20

func (b *Body) stop(raw []byte) error {
	if raw[0] == '"' {
		b.Stops = make([]string, 1)
		return decode("stop", raw, &b.Stops[0], "string")
	}
	return decode("stop", raw, &b.Stops, "list")
}

func (b *Body) streamOptions(raw []byte) error {
	var o *struct {
		Usage      bool `json:"include_usage"`
		Continuous bool `json:"continuous_usage_stats"`
	}
	if err := decode("stream_options", raw, &o, "object"); err != nil || o == nil {
		return err
	}
	b.Options, b.Usage, b.Continuous = true, o.Usage, o.Usage && o.Continuous
	return nil
}

func (b *Body) templateKwargs(raw []byte) error {
	var o struct {
		Think *bool `json:"enable_thinking"`
	}
	if err := decode("chat_template_kwargs", raw, &o, "object"); err != nil {
		return err
	}
	if o.Think != nil {
		b.Think = *o.Think
	}
	return nil
}

// template takes the messages as the chat template writes them.
func (b *Body) template() error {
	turns, answered := 0, false
	if err := b.offer(); err != nil {
		return err
	}
	err := array(b.messages, func(m []byte) error {
		turns++
		var role string
		var said []byte
		err := object(m, func(key string, val []byte) error {
			switch key {
			case "role":
				role = unquote(val)
			case "content":
				said = val
			case "tool_calls":
				b.Tokens.text(val)
			}
			return nil
		})
		answered = role == "tool"
		b.Tokens.turn(role, func() { err = errors.Join(err, b.say(said)) })
		return err
	})
	switch {
	case err != nil:
		return wrongType("messages", "list", b.messages)
	case turns == 0:
		return &Problem{400, "Cannot apply chat template to an empty conversation. Provide at least one message.",
			"BadRequestError", ""}
	}
	b.Tokens.answer(b.Think)
	if b.Tool.Auto && answered {
		b.Tool = tool{} // what it called for is there
	}
	return nil
}

// say takes a message's content: a string, or a list of text parts.
func (b *Body) say(raw []byte) error {
	if len(raw) == 0 || string(raw) == "null" {
		return nil
	}
	if raw[0] == '"' {
		p, err := content(raw)
		b.Tokens.text(p)
		return err
	}
	return array(raw, func(part []byte) error {
		return object(part, func(key string, val []byte) error {
			if key != "text" {
				return nil
			}
			p, err := content(val)
			b.Tokens.text(p)
			return err
		})
	})
}

// plain takes the prompt of /v1/completions: a string, a list of one string, or a list of token ids.
func (b *Body) plain() error {
	raw := b.prompt
	if raw[0] == '"' {
		return b.plainText(raw)
	}
	texts := 0
	err := array(raw, func(val []byte) error {
		if val[0] == '"' {
			texts++
			return b.plainText(val)
		}
		var id uint64
		err := json.Unmarshal(val, &id)
		b.Tokens.add(id)
		if b.Echo {
			b.Prompt = append(b.Prompt, Word(id, 0)...)
		}
		return err
	})
	if err != nil || texts > 1 {
		return wrongType("prompt", "string", raw)
	}
	return nil
}

func (b *Body) plainText(raw []byte) error {
	p, err := content(raw)
	b.Tokens.text(p)
	if b.Echo {
		b.Prompt = append(b.Prompt, p...)
	}
	return err
}

// decode reads a small value; kind is what pydantic would have wanted.
func decode(key string, raw []byte, into any, kind string) error {
	if json.Unmarshal(raw, into) != nil {
		return wrongType(key, kind, raw)
	}
	return nil
}
