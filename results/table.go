package results

import (
	"encoding/binary"
	"iter"
	"slices"
	"time"
)

// A Table is many records without their arrivals and their ids of answers, packed: some 40 bytes each, where a Record
// takes 330. A record is read from any place; one after the other is five times faster.
type Table struct {
	n       int
	columns [tableColumns]packed
	texts   []string // classes, faults, their words, finish reasons, each once
	place   map[string]int64
}

// tableColumns is how many numbers a record is.
const tableColumns = 38

// Len is how many records there are.
func (t *Table) Len() int { return t.n }

// Add takes a record behind the others.
func (t *Table) Add(r *Record) {
	for c, v := range t.numbers(r) {
		t.columns[c].add(v)
	}
	t.n++
}

// numbers are a record: what mostly follows from another number as what it is beyond that, which is small.
func (t *Table) numbers(r *Record) [tableColumns]int64 {
	from := func(at, before time.Duration) int64 { return int64(at - before) }
	return [...]int64{
		r.ID - loopID(r.Slot, r.Turn), t.text(r.Class), int64(r.Slot), int64(r.Turn), int64(r.SessionTurn), int64(r.Phase),
		int64(r.Due), from(r.Sent, r.Due), from(r.Written, r.Sent), from(r.FirstByte, r.Due), int64(r.Role),
		from(r.FirstToken, r.FirstByte), from(r.FirstSeen, r.FirstToken), from(r.LastToken, r.FirstToken),
		from(r.End, r.LastToken), t.text(string(r.Fault)), t.text(r.Detail), int64(r.Status), t.text(r.Finish),
		int64(r.PromptTokens), int64(r.OutputTokens), int64(r.ReasoningTokens), int64(r.CachedTokens), int64(r.Hidden),
		int64(r.PlannedPrompt), int64(r.PlannedShared), int64(r.PlannedOutput),
		flags(r.ReasoningTold, r.CachedTold, r.PlannedExact, r.Reused) | int64(r.Counted)<<8,
		int64(r.PromptHash), int64(r.Reads), int64(r.Coalesced), int64(r.Events), int64(r.Blank),
		int64(r.ServerQueue), int64(r.ServerFirstToken), int64(r.ServerGeneration), int64(r.Gaps()), int64(r.LargestGap()),
	}
}

// Read fills r with the i-th record.
func (t *Table) Read(i int, r *Record) {
	var v [tableColumns]int64
	for c := range v {
		v[c] = t.columns[c].at(i)
	}
	t.record(&v, r)
}

// All yields the records of [from, to), each with its place; one is lent until the next.
func (t *Table) All(from, to int) iter.Seq2[int, *Record] {
	return func(yield func(int, *Record) bool) {
		var block [tableColumns]unpacked
		var v [tableColumns]int64
		var r Record
		for i := from; i < to; i++ {
			k := i % packBlock
			if k == 0 || i == from {
				for c := range block {
					t.columns[c].unpack(i/packBlock, block[c][:packBlock])
				}
			}
			for c := range v {
				v[c] = block[c][k]
			}
			t.record(&v, &r)
			if !yield(i, &r) {
				return
			}
		}
	}
}

// Sorted is a table of the records at places, in their order; t is empty then.
func (t *Table) Sorted(places []int32) *Table {
	out := &Table{n: len(places), texts: t.texts, place: t.place}
	for c := range t.columns {
		out.columns[c].blocks = make([]packedBlock, 0, len(places)/packBlock)
		for _, i := range places {
			out.columns[c].add(t.columns[c].at(int(i)))
		}
		t.columns[c] = packed{} // the two need not both be whole
	}
	t.n = 0
	return out
}

// record fills r with the record of such numbers.
func (t *Table) record(v *[tableColumns]int64, r *Record) {
	d := func(k int) time.Duration { return time.Duration(v[k]) }
	slot, turn := int32(v[2]), int32(v[3])
	due, sent, byted := d(6), d(6)+d(7), d(6)+d(9)
	first := byted + d(11)
	last := first + d(13)
	*r = Record{
		ID: v[0] + loopID(slot, turn), Class: t.texts[v[1]], Slot: slot, Turn: turn, SessionTurn: int32(v[4]),
		Phase: Phase(v[5]),
		Due:   due, Sent: sent, Written: sent + d(8), FirstByte: byted, Role: d(10), FirstToken: first,
		FirstSeen: first + d(12), LastToken: last, End: last + d(14),
		Fault: Fault(t.texts[v[15]]), Detail: t.texts[v[16]], Status: int32(v[17]), Finish: t.texts[v[18]],
		PromptTokens: int32(v[19]), OutputTokens: int32(v[20]), ReasoningTokens: int32(v[21]), CachedTokens: int32(v[22]),
		Hidden: int32(v[23]), PlannedPrompt: int32(v[24]), PlannedShared: int32(v[25]), PlannedOutput: int32(v[26]),
		ReasoningTold: v[27]&1 > 0, CachedTold: v[27]&2 > 0, PlannedExact: v[27]&4 > 0, Reused: v[27]&8 > 0,
		Counted: Counting(v[27] >> 8), PromptHash: uint64(v[28]), Reads: int32(v[29]), Coalesced: int32(v[30]),
		Events: int32(v[31]), Blank: int32(v[32]), ServerQueue: d(33), ServerFirstToken: d(34), ServerGeneration: d(35),
		thinGaps: int(v[36]), thinLargest: d(37),
	}
}

// loopID is the id of a closed loop's request.
func loopID(slot, turn int32) int64 { return int64(slot)<<32 + int64(turn) }

// flags are as bits, the first lowest.
func flags(all ...bool) (out int64) {
	for i, is := range all {
		if is {
			out |= 1 << i
		}
	}
	return out
}

// text is a text's place.
func (t *Table) text(s string) int64 {
	if t.place == nil {
		t.place = map[string]int64{}
	}
	at, known := t.place[s]
	if !known {
		at = int64(len(t.texts))
		t.texts, t.place[s] = append(t.texts, s), at
	}
	return at
}

// packBlock is how many numbers are packed together.
const packBlock = 256

// An unpacked block has room behind it, so that one place of every column does not fall on one line of the cache.
type unpacked [packBlock + 8]int64

// A packed is whole numbers in blocks, each number of a block in as many bytes as its spread needs.
type packed struct {
	blocks []packedBlock
	tail   []int64 // that are not packed yet
}

// A packedBlock holds numbers as what they are above the least; in no bytes where all are one.
type packedBlock struct {
	least int64
	width int
	bytes []byte
}

func (p *packed) add(v int64) {
	if p.tail == nil {
		p.tail = make([]int64, 0, packBlock)
	}
	if p.tail = append(p.tail, v); len(p.tail) == packBlock {
		p.blocks, p.tail = append(p.blocks, pack(p.tail)), p.tail[:0]
	}
}

// pack packs numbers; their spread may be more than an int64 holds.
func pack(values []int64) packedBlock {
	b := packedBlock{least: slices.Min(values)}
	switch spread := uint64(slices.Max(values)) - uint64(b.least); {
	case spread == 0:
		return b
	case spread < 1<<8:
		b.width = 1
	case spread < 1<<16:
		b.width = 2
	case spread < 1<<32:
		b.width = 4
	default:
		b.width = 8
	}
	var whole [8]byte
	b.bytes = make([]byte, 0, b.width*len(values))
	for _, v := range values {
		binary.LittleEndian.PutUint64(whole[:], uint64(v)-uint64(b.least))
		b.bytes = append(b.bytes, whole[:b.width]...)
	}
	return b
}

// unpack gives a block's numbers.
func (p *packed) unpack(k int, out []int64) {
	if k == len(p.blocks) {
		copy(out, p.tail)
		return
	}
	b := &p.blocks[k]
	switch b.width {
	case 0:
		for i := range out {
			out[i] = b.least
		}
	case 1:
		for i, v := range b.bytes {
			out[i] = b.least + int64(v)
		}
	case 2:
		for i := range out {
			out[i] = b.least + int64(binary.LittleEndian.Uint16(b.bytes[2*i:]))
		}
	case 4:
		for i := range out {
			out[i] = b.least + int64(binary.LittleEndian.Uint32(b.bytes[4*i:]))
		}
	default:
		for i := range out {
			out[i] = int64(uint64(b.least) + binary.LittleEndian.Uint64(b.bytes[8*i:]))
		}
	}
}

func (p *packed) at(i int) int64 {
	k := i / packBlock
	if i %= packBlock; k == len(p.blocks) {
		return p.tail[i]
	}
	b := &p.blocks[k]
	switch b.width {
	case 0:
		return b.least
	case 1:
		return b.least + int64(b.bytes[i])
	case 2:
		return b.least + int64(binary.LittleEndian.Uint16(b.bytes[2*i:]))
	case 4:
		return b.least + int64(binary.LittleEndian.Uint32(b.bytes[4*i:]))
	}
	return int64(uint64(b.least) + binary.LittleEndian.Uint64(b.bytes[8*i:]))
}
