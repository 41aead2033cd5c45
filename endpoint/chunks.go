package endpoint

import "errors"

// errFraming says that a chunked body does not follow HTTP/1.1.
var errFraming = errors.New("the body of the answer is not framed as HTTP/1.1 says")

// A chunks takes the framing off a chunked body, however it is cut into reads. The zero value is at the beginning.
type chunks struct {
	state  chunkState
	left   int // of the chunk, bytes
	digits int // of its size so far
	line   int // bytes of the present line of the trailer, without its end
	tail   int // bytes of sizes' extensions and of the trailer, in all since the last data
}

type chunkState uint8

const (
	chunkSize chunkState = iota
	chunkExtension
	chunkSizeEnd // behind CR
	chunkData
	chunkDataCR
	chunkDataLF
	chunkTrailer
	chunkDone
)

// feed hands the data in p to take, and returns what stands behind the end once that was found. An error of take, or of
// the framing, ends the body.
func (c *chunks) feed(p []byte, take func([]byte) error) (rest []byte, err error) {
	for len(p) > 0 && c.state != chunkDone {
		if c.state == chunkData {
			n := min(c.left, len(p))
			if err := take(p[:n]); err != nil {
				return nil, err
			}
			p = p[n:]
			if c.left -= n; c.left == 0 {
				c.state, c.tail = chunkDataCR, 0
			}
			continue
		}
		if !c.step(p[0]) {
			return nil, errFraming
		}
		p = p[1:]
	}
	return p, nil
}

// step takes one byte of the framing.
func (c *chunks) step(b byte) bool {
	if c.tail++; c.tail > maxHead {
		return false
	}
	switch c.state {
	case chunkSize:
		return c.size(b)
	case chunkExtension:
		if b == '\r' {
			c.state = chunkSizeEnd
		}
		return b != '\n'
	case chunkSizeEnd:
		if c.state = chunkData; c.left == 0 {
			c.state = chunkTrailer
		}
		c.digits = 0
		return b == '\n'
	case chunkDataCR:
		c.state = chunkDataLF
		return b == '\r'
	case chunkDataLF:
		c.state = chunkSize
		return b == '\n'
	}
	return c.trailer(b)
}

// size takes a byte of a chunk's size.
func (c *chunks) size(b byte) bool {
	digit := -1
	switch {
	case '0' <= b && b <= '9':
		digit = int(b - '0')
	case 'a' <= b|0x20 && b|0x20 <= 'f':
		digit = int(b|0x20-'a') + 10
	}
	switch {
	case digit >= 0:
		c.left = c.left<<4 | digit
		c.digits++
		return c.digits <= 8
	case c.digits == 0:
		return false
	case b == '\r':
		c.state = chunkSizeEnd
		return true
	}
	c.state = chunkExtension
	return b == ';' || b == ' ' || b == '\t'
}

// trailer takes a byte behind the last chunk: lines up to an empty one.
func (c *chunks) trailer(b byte) bool {
	switch b {
	case '\n':
		if c.line == 0 {
			c.state = chunkDone
		}
		c.line = 0
	case '\r':
	default:
		c.line++
	}
	return true
}
