package results

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go"
)

// A listColumn reads a column of lists, row after row, straight from its pages: the general reader takes ten times as
// long for each entry.
type listColumn[T any] struct {
	name   string
	column int
	groups []parquet.RowGroup // that are still to come
	of     func(parquet.Page) []T

	pages  parquet.Pages
	page   parquet.Page
	starts []byte // of each entry left in the page: 0 where a row begins
	filled []byte // of each entry left: 0 where it stands for an empty list
	values []T    // of the filled ones
}

// openList finds the column; of takes the values from a page.
func openList[T any](file *parquet.File, name string, of func(parquet.Page) []T) (*listColumn[T], error) {
	leaf, ok := file.Schema().Lookup(name, "list", "element")
	if !ok {
		return nil, fmt.Errorf("there is no column %s of lists", name)
	}
	return &listColumn[T]{name: name, column: leaf.ColumnIndex, groups: file.RowGroups(), of: of}, nil
}

// row appends the next row's list to out.
func (c *listColumn[T]) row(out []T) ([]T, error) {
	for begun := false; ; begun = true {
		if len(c.starts) == 0 {
			err := c.turn()
			if errors.Is(err, io.EOF) && begun {
				return out, nil
			}
			if err != nil {
				return nil, fmt.Errorf("column %s: %w", c.name, err)
			}
		}
		if begun && c.starts[0] == 0 {
			return out, nil
		}
		n := 1 + bytes.IndexByte(c.starts[1:], 0) // of this row, in this page
		if n == 0 {
			n = len(c.starts)
		}
		if c.filled[0] > 0 {
			out, c.values = append(out, c.values[:n]...), c.values[n:]
		}
		c.starts, c.filled = c.starts[n:], c.filled[n:]
	}
}

// turn goes to the next page that holds anything; io.EOF: there is none.
func (c *listColumn[T]) turn() (err error) {
	for len(c.starts) == 0 {
		if c.pages == nil {
			if len(c.groups) == 0 {
				return io.EOF
			}
			c.pages, c.groups = c.groups[0].ColumnChunks()[c.column].Pages(), c.groups[1:]
		}
		parquet.Release(c.page)
		if c.page, err = c.pages.ReadPage(); errors.Is(err, io.EOF) {
			if err := c.close(); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		c.starts, c.filled, c.values = c.page.RepetitionLevels(), c.page.DefinitionLevels(), c.entries(c.page)
	}
	return nil
}

// entries are the filled values of a page. Where it holds places in a dictionary, which ours never do but a file that
// others packed may, they are looked up.
func (c *listColumn[T]) entries(page parquet.Page) []T {
	dictionary := page.Dictionary()
	if dictionary == nil {
		return c.of(page)
	}
	words, data := c.of(dictionary.Page()), page.Data()
	var out []T
	for _, place := range data.Int32() {
		out = append(out, words[place])
	}
	return out
}

// close ends the present group.
func (c *listColumn[T]) close() error {
	pages := c.pages
	c.pages = nil
	if pages == nil {
		return nil
	}
	return pages.Close()
}
