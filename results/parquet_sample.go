package results

import (
	"io"
	"time"

	"github.com/parquet-go/parquet-go"
)

// A sampleRow is a Sample as samples.parquet has it.
type sampleRow struct {
	At      int64   `parquet:"at_ns,delta"`
	Source  string  `parquet:"source,dict"`
	Name    string  `parquet:"name,dict"`
	Label   string  `parquet:"label,dict"`
	Value   float64 `parquet:"value"`
	Missing bool    `parquet:"missing"`
}

func encodeSamples(w io.Writer) (add func(Sample) error, end func() error) {
	rows := newRowWriter[sampleRow](w)
	return func(s Sample) error {
		return rows.add(func(row *sampleRow) int {
			*row = sampleRow{int64(s.At), string(s.Source), s.Name, s.Label, s.Value, s.Missing}
			return 0
		})
	}, rows.close
}

func readSamples(f io.ReaderAt, size int64) (out []Sample, err error) {
	names := interner{}
	err = openParquet(f, size, func(file *parquet.File) error {
		return readRows(file, func(row *sampleRow) error {
			out = append(out, Sample{time.Duration(row.At), Source(names.of(row.Source)), names.of(row.Name),
				names.of(row.Label), row.Value, row.Missing})
			return nil
		})
	})
	return out, err
}

// An interner keeps one copy of each string.
type interner map[string]string

// ofBytes is of without a copy where the text is known.
func (in interner) ofBytes(s []byte) string {
	if have, ok := in[string(s)]; ok {
		return have
	}
	return in.of(string(s))
}

func (in interner) of(s string) string {
	if have, ok := in[s]; ok {
		return have
	}
	s = string([]byte(s)) // not the reader's buffer
	in[s] = s
	return s
}
