package results

import (
	"bytes"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"sync"
	"time"

	hdr "github.com/HdrHistogram/hdrhistogram-go"
)

// writeLog writes recorders as an HDR V2 log.
func writeLog(w io.Writer, log []*Recorder) error {
	out := hdr.NewHistogramLogWriter(w)
	if err := out.OutputComment("[loadgen: values in ns; times in s from the step's start]"); err != nil {
		return err
	}
	if err := out.OutputLogFormatVersion(); err != nil {
		return err
	}
	if err := out.OutputLegend(); err != nil {
		return err
	}
	for _, r := range log {
		if err := r.writeLine(w); err != nil {
			return err
		}
	}
	return nil
}

// writeLine writes the line that the library's OutputIntervalHistogram would, byte for byte: that one makes a new
// deflate writer, of a megabyte, for each.
func (r *Recorder) writeLine(w io.Writer) error {
	h := r.hist
	packed, err := deflated(payload(h.Export()))
	if err != nil {
		return err
	}
	from, to := float64(h.StartTimeMs())/1000, float64(h.EndTimeMs())/1000
	_, err = fmt.Fprintf(w, "Tag=%s,%f,%f,%f,%s\n", h.Tag(), from, to-from, float64(h.Max())/float64(time.Millisecond),
		base64.StdEncoding.EncodeToString(packed))
	return err
}

// The cookies of HDR's V2 encoding, with words of 8 bytes.
const (
	plainCookie  = 0x1c849303 | 0x10
	packedCookie = 0x1c849304 | 0x10
)

// payload is a histogram in HDR's V2 encoding, not compressed: a head of 40 bytes and the counts up to the last that is
// not 0, as zigzag varints; of two zeros or more in a row how many they are, negative.
func payload(s *hdr.Snapshot) []byte {
	counts := s.Counts[:1]
	for i := len(s.Counts) - 1; i > 0; i-- {
		if s.Counts[i] != 0 {
			counts = s.Counts[:i+1]
			break
		}
	}
	out := make([]byte, 40, 40+2*len(counts))
	zeros := int64(0)
	for i, n := range counts {
		if n == 0 {
			if zeros++; i+1 < len(counts) && counts[i+1] == 0 {
				continue
			}
			n = -zeros
		}
		if n == -1 {
			n = 0 // one zero is written as it is
		}
		out, zeros = appendZigzag(out, n), 0
	}
	binary.BigEndian.PutUint32(out, plainCookie)
	binary.BigEndian.PutUint32(out[4:], uint32(len(out)-40))
	binary.BigEndian.PutUint32(out[12:], uint32(s.SignificantFigures))
	binary.BigEndian.PutUint64(out[16:], uint64(s.LowestTrackableValue))
	binary.BigEndian.PutUint64(out[24:], uint64(s.HighestTrackableValue))
	binary.BigEndian.PutUint64(out[32:], math.Float64bits(1))
	return out
}

// appendZigzag is HDR's LEB128: a ninth byte, were there one, would have all its bits.
func appendZigzag(to []byte, n int64) []byte {
	v := uint64(n<<1) ^ uint64(n>>63)
	for range 8 {
		if v < 0x80 {
			return append(to, byte(v))
		}
		to, v = append(to, byte(v)|0x80), v>>7
	}
	return append(to, byte(v))
}

var deflaters = sync.Pool{New: func() any {
	w, _ := zlib.NewWriterLevel(nil, zlib.BestCompression) // there is such a level
	return w
}}

// deflated is a payload in HDR's compressed envelope.
func deflated(payload []byte) ([]byte, error) {
	w := deflaters.Get().(*zlib.Writer)
	defer deflaters.Put(w)
	var out bytes.Buffer
	out.Write(make([]byte, 8))
	w.Reset(&out)
	if _, err := w.Write(payload); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	packed := out.Bytes()
	binary.BigEndian.PutUint32(packed, packedCookie)
	binary.BigEndian.PutUint32(packed[4:], uint32(len(packed)-8))
	return packed, nil
}
