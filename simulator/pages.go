package simulator

import (
	"encoding/json"
	"fmt"
	"strings"

	"loadgen/simulator/prompt"
)

func sprint(format string, args ...any) string { return fmt.Sprintf(format, args...) }

func (s *Server) models() []byte {
	now := s.now().Unix() // vLLM makes the cards anew for each answer
	permission := encodeFields([]field{{"id", "modelperm-0000000000000001"}, {"object", "model_permission"},
		{"created", now},
		{"allow_create_engine", false}, {"allow_sampling", true}, {"allow_logprobs", true}, {"allow_search_indices", false},
		{"allow_view", true}, {"allow_fine_tuning", false}, {"organization", "*"}, {"group", nil}, {"is_blocking", false}})
	card := encodeFields([]field{{"id", s.set.served}, {"object", "model"}, {"created", now}, {"owned_by", "vllm"},
		{"root", s.opts.Model}, {"parent", nil}, {"max_model_len", s.set.maxLen},
		{"permission", []json.RawMessage{permission}}})
	return encodeFields([]field{{"object", "list"}, {"data", []json.RawMessage{card}}})
}

func (s *Server) version() []byte {
	out := []field{{"version", version}, {"simulated", s.says()}}
	if s.set.speed != 1 {
		out = append(out, field{"speed", s.set.speed})
	}
	return encodeFields(out)
}

func (s *Server) serverLoad() []byte {
	var n int
	s.engine.Do(func() { n = s.load })
	return encodeFields([]field{{"server_load", n}})
}

func (s *Server) resetPrefixCache() []byte {
	var ok bool
	s.engine.Do(func() { ok = s.engine.ResetPrefixCache() })
	return encodeFields([]field{{"success", ok}})
}

// serverInfo is the part of vLLM's configuration that is simulated, in its own shape.
func (s *Server) serverInfo() []byte {
	set := s.set
	null := func(n float64) any {
		if n == 0 {
			return nil
		}
		return n
	}
	quant := any(nil)
	if set.quant != "bf16" {
		quant = string(set.quant)
	}
	config := encodeFields([]field{
		{"model_config", encodeFields([]field{{"model", s.opts.Model}, {"dtype", "torch.bfloat16"}, {"seed", s.opts.Seed},
			{"max_model_len", set.maxLen},
			{"quantization", quant}, {"enforce_eager", set.eager}, {"served_model_name", set.served}})},
		{"cache_config", encodeFields([]field{{"block_size", set.blockSize}, {"gpu_memory_utilization", set.utilization},
			{"cache_dtype", set.kvDtype},
			{"num_gpu_blocks_override", null(float64(set.blocks))}, {"enable_prefix_caching", set.prefix},
			{"num_gpu_blocks", s.blocks},
			{"kv_cache_size_tokens", set.start().Tokens(s.blocks)}, {"kv_cache_max_concurrency", s.concurrency()},
			{"kv_cache_memory_bytes", null(set.kvBytes)}})},
		{"parallel_config", encodeFields([]field{{"pipeline_parallel_size", 1}, {"tensor_parallel_size", set.tp},
			{"data_parallel_size", 1}, {"world_size", set.tp}})},
		{"scheduler_config",
			encodeFields([]field{{"runner_type", "generate"}, {"max_num_batched_tokens", set.budget},
				{"max_num_scheduled_tokens", nil},
				{"max_num_seqs", set.seqs}, {"long_prefill_token_threshold", set.longPrefill},
				{"long_prefill_token_threshold_adaptive", set.fairPrefill},
				{"max_num_queued_reqs", null(float64(set.queued))}, {"max_num_queued_tokens", set.tokenLimit()},
				{"enable_chunked_prefill", set.chunked}, {"policy", "fcfs"}, {"scheduler_reserve_full_isl", true},
				{"watermark", set.watermark},
				{"async_scheduling", set.async}, {"stream_interval", set.interval}})},
	})
	return encodeFields([]field{{"vllm_config", config}, {"vllm_env", map[string]any{}},
		{"system_env", map[string]any{"simulated": s.says()}}})
}

// tokenLimit is max-num-queued-tokens, or nil.
func (s settings) tokenLimit() any {
	if s.queuedToks < 0 {
		return nil
	}
	return s.queuedToks
}

func (s *Server) concurrency() float64 {
	return s.set.start().Concurrency(s.blocks)
}

// tokenize answers /tokenize for a prompt or for messages. Texts are told for a prompt alone: a template has none.
func (s *Server) tokenize(q *request, r reply) func() {
	b, texts, err := prompt.Tokenize(q.body)
	if err == nil && b.Model != "" && b.Model != s.set.served {
		err = prompt.UnknownModel(b.Model, s.set.served)
	}
	if err != nil {
		s.refuse(r, err)
		return nil
	}
	strs := any(nil)
	if texts && !b.Chat {
		strs = b.Tokens.Texts
	}
	s.engine.Do(func() { s.learn(b.Tokens) })
	return whole(r, jsonType,
		encodeFields([]field{{"count", b.Tokens.Count}, {"max_model_len", s.set.maxLen}, {"tokens", b.Tokens.IDs},
			{"token_strs", strs}}))
}

// learn keeps the texts of tokens, so that /detokenize can give them back.
func (s *Server) learn(t *prompt.Tokens) {
	if len(t.Texts) != len(t.IDs) {
		return // a template's tokens have no text
	}
	for i, id := range t.IDs {
		s.texts[id] = strings.Replace(t.Texts[i], "Ġ", " ", 1)
	}
}

// detokenize answers /detokenize. A token that /tokenize never gave is some word.
func (s *Server) detokenize(q *request, r reply) func() {
	model, ids, err := prompt.ReadTokens(q.body)
	if err == nil && model != "" && model != s.set.served {
		err = prompt.UnknownModel(model, s.set.served)
	}
	if err != nil {
		s.refuse(r, err)
		return nil
	}
	text := ""
	s.engine.Do(func() {
		for _, id := range ids {
			word, known := s.texts[id]
			if !known {
				word = prompt.Word(uint64(id), 0)
			}
			text += word
		}
	})
	return whole(r, jsonType, encodeFields([]field{{"prompt", text}}))
}
