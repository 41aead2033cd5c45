package scenarios

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"strings"
)

// words are 256 short, common words. With a space in front each is one token in the vocabularies of Qwen and Llama, so
// a text of n of them is n tokens; the quick test asks the server's /tokenize and says when that is not so.
var words = [256]string(strings.Fields(`
able about above act add after again age ago air all also and animal answer any area arm art ask
away baby back bad ball bank base be bear beat bed been began being best better big bird black blood
blue board boat body book both box boy bring brown build busy buy by call came can car care carry
case cat catch cause cell center chair chance change check child city class clean clear close cloud coat cold
color come common cook cool copy corn cost could count cover cross cry cut dark day dead deal dear
deep did die do doctor dog door down draw dream dress drink drive drop dry during each ear early earth
east easy eat edge egg eight else end enemy energy engine enough enter equal even ever every exact eye
face fact fall family far farm fast father fear feed feel feet fell few field fight figure fill final
find fine finger finish fire first fish five flat floor flow flower fly follow food foot for force forest
form found four free fresh friend from front fruit full game garden gas gather gave get girl give glass go
gold good got great green ground group grow guess had hair half hand happy hard has hat have he head hear
heart heat heavy help here high hill him his hit hold hole home hope horse hot hour house how huge human ice
idea if inch iron is island it job join joy jump just keep key kind king knew know lady lake land large last
`)[:256])

// Vocabulary is every word of generated prompts once, as a prompt would hold them, and how many they are.
func Vocabulary() (text string, n int) { return strings.Join(words[:], " "), len(words) }

// spaced are the words with the space before them, each at the low end of a number: none has more than seven letters.
var spaced = func() (out [256]struct {
	letters uint64
	n       int
}) {
	for i, word := range words {
		var b [8]byte
		out[i].n = copy(b[:], " "+word)
		out[i].letters = binary.LittleEndian.Uint64(b[:])
	}
	return out
}()

// writeText appends n words with a space before each, drawn eight to a random number.
func (m *Mix) writeText(to []byte, source *rand.PCG, n int) []byte {
	var bits uint64
	to = slices.Grow(to, 8*n)
	for i := range n {
		if i%8 == 0 {
			bits = m.bits(source)
		}
		word := spaced[byte(bits)]
		binary.LittleEndian.PutUint64(to[len(to):len(to)+8], word.letters)
		to = to[:len(to)+word.n]
		bits >>= 8
	}
	return to
}
