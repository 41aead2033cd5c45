// Package capacity answers how many replicas a demand takes: it plays the demand, in virtual time, against one engine
// after the other behind a balancer, until their requests keep the objective.
package capacity

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"loadgen/scenarios"
)

// A Demand is the traffic that is planned for.
type Demand struct {
	Says    string             // as it was asked for
	Rate    float64            // requests/s at its peak, growth included; 0: it follows from Users
	Users   float64            // at the peak, growth included; 0: they are not told
	Think   time.Duration      // from an answer's end to the user's next request
	Classes map[string]float64 // share of each class of prompts; nil: as the scenario has them
	Trace   *recording         // nil: arrivals are Poisson's
	Growth  float64            // factor on what was given
}

// An Ask is a demand as a person writes it.
type Ask struct {
	Demand string        // "12/s", "chat=12/s,doc=1/s", "500 users", or a file of recorded arrivals
	Peak   float64       // factor from the given mean to the peak; 0: what is given is the peak
	Growth float64       // share that is added: 0.2
	Think  time.Duration // of users
	Unit   string        // of a recording's stamps
	Column string        // and where they stand
}

var (
	rateWords = regexp.MustCompile(`^(-?[0-9][0-9.]*)\s*/\s*(s|min|h)$`)
	userWords = regexp.MustCompile(`^(-?[0-9][0-9.]*)\s*users?$`)
)

// Read turns an ask into a demand on a scenario's classes. The error says what was seen and what was wanted.
func (a Ask) Read(sc *scenarios.Scenario) (Demand, error) {
	d := Demand{Says: a.Demand, Growth: 1 + a.Growth}
	scale := d.Growth
	if a.Peak > 0 {
		scale *= a.Peak
	}
	text := strings.TrimSpace(a.Demand)
	if err := a.misplaced(text); err != nil {
		return d, err
	}
	switch users := userWords.FindStringSubmatch(text); {
	case text == "":
		return d, fmt.Errorf("the demand is empty: expected a rate such as 12/s, chat=12/s,doc=1/s, 500 users, or a file " +
			"of recorded arrivals")
	case users != nil:
		n, err := strconv.ParseFloat(users[1], 64)
		if err != nil || n <= 0 {
			return d, fmt.Errorf("the demand %q is nothing: expected at least one user", text)
		}
		if a.Think <= 0 {
			return d, fmt.Errorf("%s ask how often? expected their think time beside, such as --think 30s", text)
		}
		d.Users, d.Think = n*scale, a.Think
		return d, nil
	case rateWords.MatchString(text):
		rate, err := readRate(text)
		d.Rate = rate * scale
		return d, err
	case strings.Contains(text, "="):
		return d, d.readClasses(text, scale, sc)
	}
	return d, d.record(a, text)
}

// misplaced tells of what was given beside a demand that it says nothing about.
func (a Ask) misplaced(text string) error {
	users := userWords.MatchString(text)
	if a.Think > 0 && !users {
		return fmt.Errorf("a think time is of users, such as --demand '500 users' --think 30s: given %q", text)
	}
	if (a.Unit != "" || a.Column != "") && (users || rateWords.MatchString(text) || strings.Contains(text, "=")) {
		return fmt.Errorf("a unit and a column are of recorded arrivals: given %q", text)
	}
	return nil
}

func readRate(text string) (float64, error) {
	m := rateWords.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return 0, fmt.Errorf("given %q, expected a rate such as 12/s, 700/min or 40000/h", text)
	}
	v, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		return 0, fmt.Errorf("given %q, expected a rate such as 12/s", text)
	}
	if v <= 0 {
		return 0, fmt.Errorf("the demand %q is no request at all: expected a rate above zero", text)
	}
	return v / map[string]float64{"s": 1, "min": 60, "h": 3600}[m[2]], nil
}

// readClasses reads "chat=12/s,doc=1/s".
func (d *Demand) readClasses(text string, scale float64, sc *scenarios.Scenario) error {
	d.Classes = map[string]float64{}
	for _, part := range strings.Split(text, ",") {
		name, rate, _ := strings.Cut(part, "=")
		name = strings.TrimSpace(name)
		v, err := readRate(rate)
		if err != nil {
			return err
		}
		if _, twice := d.Classes[name]; twice {
			return fmt.Errorf("the class %q stands twice in the demand", name)
		}
		if !hasClass(sc, name) {
			return fmt.Errorf("there is no class of prompts %q: the scenario has %s", name, classNames(sc))
		}
		d.Classes[name] = v
		d.Rate += v * scale
	}
	for name := range d.Classes {
		d.Classes[name] *= scale / d.Rate
	}
	return nil
}

func hasClass(sc *scenarios.Scenario, name string) bool {
	for _, c := range sc.Prompts {
		if c.Name == name {
			return true
		}
	}
	return false
}

func classNames(sc *scenarios.Scenario) string {
	var out []string
	for _, c := range sc.Prompts {
		out = append(out, c.Name)
	}
	return strings.Join(out, ", ")
}

// record reads a file of recorded arrivals.
func (d *Demand) record(a Ask, file string) error {
	if a.Peak > 0 {
		return fmt.Errorf("a recording has its own peak: leave --peak out")
	}
	t, err := scenarios.ReadTrace(file, a.Unit, a.Column)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%q is neither a rate (12/s, 700/min, 40000/h), nor rates of classes (chat=12/s,doc=1/s), nor "+
			"users (500 users), and no file has that name", file)
	case err != nil:
		return fmt.Errorf("the recording cannot be planned from: %w", err)
	}
	d.Trace = newRecording(t, d.Growth)
	d.Rate = d.Trace.deciding().Rate
	return nil
}

// fixUsers finds the rate of users from how long their answers take: each asks once in a think time and an answer.
func (d *Demand) fixUsers(answer float64) {
	if d.Users > 0 {
		d.Rate = d.Users / (d.Think.Seconds() + math.Max(answer, 0))
	}
}
