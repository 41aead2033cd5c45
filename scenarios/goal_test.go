package scenarios

import (
	"math"
	"testing"
	"time"
)

// Classes with goals of their own make one of all their requests: what it is where each is just kept. A class that
// nothing is asked of does not count.
func TestGoalOfClasses(t *testing.T) {
	class := func(name string, weight, goal float64) PromptClass {
		c := PromptClass{Name: name, Weight: weight}
		if goal > 0 {
			c.Objective = &Objective{TTFT: time.Second, Attainment: goal}
		}
		return c
	}
	own := &Scenario{Prompts: []PromptClass{class("chat", 3, 0.95), class("doc", 1, 0.91), class("batch", 9, 0)}}
	if got := own.Goal(); math.Abs(got-0.94) > 1e-12 || !own.HasObjective() {
		t.Errorf("%v, %v", got, own.HasObjective())
	}
	own.Objective = Objective{TTFT: time.Second, Attainment: 0.99}
	if got := own.Goal(); math.Abs(got-(3*0.95+0.91+9*0.99)/13) > 1e-12 {
		t.Errorf("%v", got)
	}
	own.Prompts = own.Prompts[2:]
	if got := own.Goal(); got != 0.99 {
		t.Errorf("%v", got)
	}
	if none := (&Scenario{Prompts: own.Prompts}); none.HasObjective() || none.Goal() != 1 {
		t.Errorf("%v", none.Goal())
	}
}

// A closed loop has whole requests in flight, a rate may be any.
func TestFloor(t *testing.T) {
	if closed, open := Floor(Closed, 6.9), Floor(Open, 6.9); closed != 6 || open != 6.9 {
		t.Errorf("%v in flight, %v/s", closed, open)
	}
}
