package prompt

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"strings"
	"unicode/utf8"
)

// Tokens is a prompt in tokens, by a toy tokenizer that agrees with itself: what it counts is what /tokenize, usage and
// the prefix cache see. A token is up to six ASCII letters with the space before them, or one other character; six is
// near what real vocabularies make of words. It hashes the whole prefix at every full block, without a string per
// token.
type Tokens struct {
	block  int
	left   int // tokens until the block is full
	Count  int
	Hash   uint64   // of the whole so far
	Hashes []uint64 // of each full block with all before it
	keep   bool     // ids and texts too
	IDs    []int    // where they are kept
	Texts  []string // of plain text; a template has none
}

const longest = 6 // letters in a token

func newTokens(block int, salt string) *Tokens {
	t := &Tokens{block: block, left: block, Hash: 0x9e3779b97f4a7c15}
	for i := range len(salt) {
		t.Hash = Mix(t.Hash ^ uint64(salt[i]))
	}
	return t
}

// Mix is a hash of x.
func Mix(x uint64) uint64 {
	x *= 0xbf58476d1ce4e5b9
	return x ^ x>>29
}

// add takes one token. id is any number that tells it from others.
func (t *Tokens) add(id uint64) {
	t.Hash = Mix(t.Hash ^ id)
	t.Count++
	if t.left--; t.left == 0 {
		t.left = t.block
		t.Hashes = append(t.Hashes, t.Hash)
	}
	if t.keep {
		t.IDs = append(t.IDs, int(Mix(id)>>40)%vocabulary)
	}
}

// vocabulary is how many ids /tokenize tells apart.
const vocabulary = 151_643

// text takes the tokens of p.
func (t *Tokens) text(p []byte) {
	t.Hashes = slices.Grow(t.Hashes, len(p)/(longest*t.block))
	for len(p) > 0 {
		n, id := piece(p)
		t.add(id)
		if t.keep {
			t.Texts = append(t.Texts, strings.Replace(string(p[:n]), " ", "Ġ", 1))
		}
		p = p[n:]
	}
}

// At is the id and the text of token i, of tokens that are kept.
func (t *Tokens) At(i int) (id int, text string) {
	if len(t.Texts) == len(t.IDs) {
		return t.IDs[i], strings.Replace(t.Texts[i], "Ġ", " ", 1)
	}
	return t.IDs[i], Word(uint64(t.IDs[i]), 0)
}

// piece is the length of the first token of p, and its number.
func piece(p []byte) (n int, id uint64) {
	if len(p) >= 8 {
		if n, id = quickPiece(binary.LittleEndian.Uint64(p)); n > 0 {
			return n, id
		}
	}
	from := 0
	if p[0] == ' ' && len(p) > 1 && letter(p[1]) {
		from, id = 1, ' '
	}
	n = from
	for end := min(from+longest, len(p)); n < end && letter(p[n]); n++ {
		id = id<<8 | uint64(p[n])
	}
	if n > from {
		return n, uint64(n)<<(8*n) | id
	}
	if n = 1; p[0] >= utf8.RuneSelf {
		_, n = utf8.DecodeRune(p)
	}
	return n, pack(p[:n])
}

// quickPiece is piece of a text that begins with these eight bytes, the first of them lowest, where they begin with
// letters or with a space and letters; else n is 0.
func quickPiece(x uint64) (n int, id uint64) {
	const each = 0x0101010101010101
	lower := x&(0x7f*each) | 0x20*each
	letters := (lower + (0x80-'a')*each) &^ (lower + (0x7f-'z')*each) &^ x & (0x80 * each) // the high bit of each letter
	from := 0
	if byte(x) == ' ' {
		from = 1
	}
	n = min(bits.TrailingZeros64(^letters&(0x80*each)>>(8*from))/8, longest)
	if n == 0 {
		return 0, 0
	}
	n += from
	return n, uint64(n)<<(8*n) | bits.ReverseBytes64(x)>>(64-8*n)
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// pack makes a number of at most seven bytes, unlike that of any other such string.
func pack(p []byte) uint64 {
	x := uint64(len(p))
	for _, c := range p {
		x = x<<8 | uint64(c)
	}
	return x
}

// The chat template's tokens, as numbers that no text makes.
const (
	turnStart = 1<<63 + iota
	turnEnd
	roleBase
	thinkOpen
	thinkClose
)

// turn takes one message: <|im_start|>role\n … <|im_end|>\n.
func (t *Tokens) turn(role string, content func()) {
	t.add(turnStart)
	t.add(roleBase + pack([]byte(role[:min(len(role), 4)])))
	t.add('\n')
	content()
	t.add(turnEnd)
	t.add('\n')
}

// answer takes the prompt of the assistant's turn. Without thinking the template closes an empty thought at once.
func (t *Tokens) answer(think bool) {
	t.add(turnStart)
	t.add(roleBase + pack([]byte("assi")))
	t.add('\n')
	if !think {
		t.add(thinkOpen)
		t.add('\n' << 8)
		t.add(thinkClose)
		t.add('\n' << 8)
	}
}
