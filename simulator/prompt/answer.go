package prompt

import (
	"math"
	"math/rand/v2"
	"slices"
)

// words are what a generated answer is made of: each with its leading space is one token.
var words = [...]string{
	" and", " the", " server", " of", " a", " token", " to", " in", " cache", " is", " model", " with", " step", " for",
	" it",
	" batch", " as", " prompt", " on", " that", " queue", " by", " load", " at", " from", " block", " are", " be", " each",
	" memory", " this", " time", " not", " or", " an", " which", " when", " more", " then", " one", " all", " page",
	" rate",
	" can", " has", " its", " into", " than", " may", " wait", " run", " long", " short", " first", " last", " next",
	" same",
	" other", " while", " after", " until", " under", " over",
}

// Word is the i-th token of an answer.
func Word(seed uint64, i int) string {
	return words[Mix(Mix(seed+uint64(i)*0x9e3779b97f4a7c15))>>32%uint64(len(words))]
}

// EOS is the text of the token that ends an answer.
const EOS = "<|im_end|>"

// A Guess is a token that might have come at one place, and the logarithm of its probability.
type Guess struct {
	Text    string
	Logprob float64
}

// Guesses are n tokens that token i of an answer might have been, which is text: the first, since the likeliest always
// comes. The probabilities are made up: 0.5 to 1 for the first, and half as much for each next one.
func Guesses(seed uint64, i, n int, text string) []Guess {
	p := .5 + float64(Mix(Mix(seed^uint64(i)<<32))>>11)/(1<<54)
	out := []Guess{{text, math.Log(p)}}
	at := max(0, slices.Index(words[:], text))
	for j := 1; j < n; j++ {
		out = append(out, Guess{words[(at+j)%len(words)], math.Log(max(1-p, 1e-9) / float64(uint64(1)<<j))})
	}
	return out
}

// NaturalLength is the output token with which a model would end by itself: lognormal with median 250, so that one
// answer in twelve is shorter than 80 tokens.
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
