package clock

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// A called is one callback: which, and when.
type called struct {
	i  int
	at time.Duration
}

// follow queues callbacks that queue the next ones of a plan after its delays; the last one ends it.
func follow(clk Callbacks, plan [][]int64, end func()) *[]called {
	var out []called
	next := 0
	var queue func()
	queue = func() {
		i := next
		next++
		out = append(out, called{i, clk.Now()})
		if i == len(plan)-1 {
			end()
			return
		}
		for _, d := range append(plan[i], 1) {
			clk.At(clk.Now()+time.Duration(d), func() {
				if next < len(plan) {
					queue()
				}
			})
		}
	}
	clk.At(0, queue)
	return &out
}

// An agenda runs callbacks at the instants and in the order in which Virtual runs them.
func TestAgendaIsAsVirtual(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		plan := rapid.SliceOfN(rapid.SliceOfN(rapid.Int64Range(-2, 5), 0, 3), 1, 40).Draw(t, "delays")
		virtual, agenda := NewVirtual(), &Agenda{}
		var want *[]called
		err := virtual.Run("test", func() {
			over := virtual.NewSignal("the end")
			want = follow(virtual, plan, over.Set)
			_ = over.Wait(context.Background(), Never)
		})
		got := follow(agenda, plan, agenda.End)
		if err := errors.Join(err, agenda.Run()); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(*got, *want) {
			t.Fatalf("%v, want %v", *got, *want)
		}
	})
}

func TestAgendaWithoutAnEnd(t *testing.T) {
	agenda := &Agenda{}
	agenda.At(time.Second, func() {})
	var deadlock *DeadlockError
	if err := agenda.Run(); !errors.As(err, &deadlock) || deadlock.At != time.Second {
		t.Errorf("%v, want a deadlock at 1s", err)
	}
}
