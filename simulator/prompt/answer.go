package prompt

import (
	"math"
	"math/rand/v2"
)

// words are what a generated answer is made of: each with its leading space is one token.
var words = [...]string{
	" and", " the", " server", " of", " a", " token", " to", " in", " cache", " is", " model", " with", " step", " for", " it",
	" batch", " as", " prompt", " on", " that", " queue", " by", " load", " at", " from", " block", " are", " be", " each",
	" memory", " this", " time", " not", " or", " an", " which", " when", " more", " then", " one", " all", " page", " rate",
	" can", " has", " its", " into", " than", " may", " wait", " run", " long", " short", " first", " last", " next", " same",
	" other", " while", " after", " until", " under", " over",
}

// Word is the i-th token of an answer.
func Word(seed uint64, i int) string {
	return words[Mix(Mix(seed+uint64(i)*0x9e3779b97f4a7c15))>>32%uint64(len(words))]
}

// NaturalLength is the output token with which a model would end by itself: lognormal with median 250, so that one answer
// in twelve is shorter than 80 tokens.
func NaturalLength(seed uint64) int {
	rng := rand.New(rand.NewPCG(seed, 0x6c6f616467656e))
	return 1 + int(250*math.Exp(.8*rng.NormFloat64()))
}

// ThoughtLength is how many tokens of an answer are reasoning.
func ThoughtLength(seed uint64) int {
	rng := rand.New(rand.NewPCG(seed, 0x7468696e6b))
	return 1 + int(180*math.Exp(.7*rng.NormFloat64()))
}

// Extend is the hash of a prefix that goes on with token i of an answer.
func Extend(hash, seed uint64, i int) uint64 { return Mix(hash ^ pack([]byte(Word(seed, i)))) }
