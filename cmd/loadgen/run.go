package main

import (
	"cmp"
	"context"
	"errors"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"loadgen/advice"
	"loadgen/analysis"
	"loadgen/locale"
	"loadgen/rehearsal"
	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/simulator"
	"loadgen/sweep"
	"loadgen/telemetry"
)

// A runFlags is what `run` was asked.
type runFlags struct {
	out       string
	resume    string
	phase     string
	preset    string
	within    time.Duration
	shard     string
	meet      meetingFlags
	salt      string
	simulated bool
	yes       bool
	wait      time.Duration
	gpu       string   // the command that is asked for GPUs
	logs      []string // TARGET=COMMAND, or COMMAND
	profiles  []string // TARGET=FILE, or FILE for all
	failed    string   // the share of requests that may fail

	uncalibrated bool
}

func newRun(t *terminal) *cobra.Command {
	var o runFlags
	c := &cobra.Command{
		Use:   "run SCENARIO",
		Short: "Play a scenario against its servers, or against simulated ones, into a run directory",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			f, err := readScenario(args[0])
			if err == nil {
				f, err = f.with(c, o.preset, o.within)
			}
			if err != nil {
				return err
			}
			most, err := parseShare("--max-failed", o.failed)
			if err != nil {
				return err
			}
			dir, err := t.play(c.Context(), f, o)
			if err == nil && dir != "" {
				err = t.verdict(dir, most)
			}
			if dir != "" {
				t.say("run directory: %s\nnext: loadgen report %s", dir, dir)
			}
			return err
		},
	}
	c.Flags().StringVar(&o.out, "out", "", "run `directory`; default runs/NAME-TIME")
	c.Flags().StringVar(&o.resume, "resume", "", "resume the run in this `directory`: play its missing steps")
	c.MarkFlagsMutuallyExclusive("out", "resume")
	c.Flags().StringVar(&o.phase, "phase", "", "play this `phase` only")
	presetFlag(c, &o.preset)
	withinFlag(c, &o.within)
	c.Flags().StringVar(&o.shard, "shard", "", "play one client's part of the load, such as `1/2`, or auto where "+
		"Kubernetes, Slurm or Open MPI tells which; with --rendezvous they start together, else start all of them at the "+
		"same time, then loadgen merge")
	c.Flags().StringVar(&o.salt, "salt", "", "make the texts of the run by this `word`, kept in its manifest: the same "+
		"for all shards of a load, or one of an earlier run to repeat its texts; default a new one")
	c.Flags().StringVar(&o.failed, "max-failed", "1%", "exit 1 when a larger `share` of the requests failed at a load "+
		"that the target holds")
	c.Flags().BoolVar(&o.simulated, "simulated", false, "run against simulated servers in virtual time; nothing is sent")
	c.Flags().BoolVar(&o.uncalibrated, "no-calibrate", false, "do not calibrate this host when no result of the last 24 "+
		"h exists; check V4 is skipped")
	c.Flags().StringVar(&o.gpu, "gpu-command", "nvidia-smi", "`command` that runs nvidia-smi on the GPU host, such as "+
		"'ssh gpu1 nvidia-smi'")
	c.Flags().StringArrayVar(&o.logs, "engine-log", nil, "`command` that prints the engine's log, such as 'tail -n 0 -F "+
		"vllm.log'; TARGET=COMMAND where there are several targets")
	c.Flags().StringArrayVar(&o.profiles, "profile", nil, "with --simulated: the coefficients in this `file` of "+
		"simulate --fit instead of the card's; TARGET=FILE for one target")
	waitFlag(c, &o.wait)
	c.Flags().BoolVar(&o.yes, "yes", false, "load a server that already runs others' requests without asking")
	c.MarkFlagsMutuallyExclusive("salt", "resume")
	c.MarkFlagsMutuallyExclusive("salt", "simulated")
	c.MarkFlagsMutuallyExclusive("wait", "simulated")
	o.meet.add(c)
	return c
}

// plan is what the scenario asks for, or one client's part of it. Beside other shards the server is never idle.
func (o *runFlags) plan(f file, s scenarios.Shard) (plan scenarios.Plan, err error) {
	plan = f.Plan(o.phase)
	if s.Of == 1 {
		return plan, nil
	}
	if o.simulated {
		return plan, fail(exitUsage, "leave --shard or --simulated out",
			"each client of a rehearsal would have a server of its own")
	}
	if f.Searches() {
		return plan, fail(exitUsage, "add --rendezvous, or give the rates", "a search goes on by what one client saw, and "+
			"cannot be shared by %d that do not meet", s.Of)
	}
	o.yes = true
	if plan, err = plan.Shard(s); err != nil {
		return plan, fail(exitUsage, "", "%w", err)
	}
	return plan, nil
}

// play plays a scenario, or one client's part of it, and returns its run directory, empty when nothing was measured.
func (t *terminal) play(ctx context.Context, f file, o runFlags) (dir string, err error) {
	part, err := o.part()
	if err == nil && o.meet.url != "" {
		err = o.meets(part)
	}
	if err != nil {
		return "", err
	}
	if len(f.Plan(o.phase).Steps) == 0 {
		return "", fail(exitUsage, "phases: "+strings.Join(phaseNames(f.Scenario), ", "), "%s has no phase %q", f.name,
			o.phase)
	}
	if o.meet.url != "" && part.Of > 1 {
		dir, err = t.playTogether(ctx, f, o, part)
	} else {
		dir, err = t.playApart(ctx, f, o, part)
	}
	return dir, cmp.Or(err, t.offer(ctx, o, dir)) // what is left of a load that broke off is fetched too
}

// playApart plays what this client has without a word to others.
func (t *terminal) playApart(ctx context.Context, f file, o runFlags, part scenarios.Shard) (string, error) {
	plan, err := o.plan(f, part)
	if err != nil {
		return "", err
	}
	for _, c := range f.Concerns() {
		if c.ID == "gpu-claimed-twice" || c.ID == "quantised-trace" {
			t.note("%s: %s", c.ID, c.Says)
		}
	}
	if o.resume != "" {
		o.out = o.resume
		if _, err := openRun(o.out); err != nil {
			return "", err
		}
	}
	if o.out == "" {
		o.out = filepath.Join("runs", f.Name+"-"+time.Now().UTC().Format("20060102-150405"))
	}
	if o.resume == "" {
		if err := results.Free(o.out); err != nil { // before anything is sent
			return t.outcome("", err)
		}
	}
	w, err := t.world(f, plan, o)
	if err != nil {
		return "", err
	}
	defer w.done()
	watch := t.watch(w.envs...)
	var lanes sweep.Lanes
	for i, env := range w.envs {
		if part := plan.Of(w.has[i]); len(part.Steps) > 0 {
			lanes = append(lanes, sweep.NewPlayer(env, w.Scenario, part))
		}
	}
	watch.start(lanes.Progress)
	if len(lanes) > 1 {
		err = lanes.Play(ctx, plan, o.out, f.data, w.man)
	} else {
		err = playAlone(ctx, lanes[0], f, o, w)
	}
	watch.stop()
	return t.outcome(o.out, err)
}

// playAlone plays what has one clock.
func playAlone(ctx context.Context, p *sweep.Player, f file, o runFlags, w world) (played error) {
	err := w.envs[0].Clock.Run("run", func() {
		if o.resume != "" {
			played = p.Resume(ctx, o.out, w.man)
		} else {
			played = p.Play(ctx, o.out, f.data, w.man)
		}
	})
	return errors.Join(played, err)
}

// soundSalt is what a manifest keeps as one word.
var soundSalt = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// A world is what a run is played in: real servers, or simulated ones with a virtual time for each part that shares
// nothing with others.
type world struct {
	*scenarios.Scenario
	man  results.Manifest
	envs []*sweep.Env
	has  []func(target string) bool // of each
	done func()
}

// world is the servers' or the simulators', by the flag.
func (t *terminal) world(f file, plan scenarios.Plan, o runFlags) (world, error) {
	if !o.simulated {
		t.chooseCores(f.Targets)
	}
	w := world{Scenario: f.Scenario, done: func() {},
		man: results.Manifest{Started: time.Now().UTC(), Host: telemetry.Host()}}
	w.man.Notes = append(w.man.Notes, f.fitted...)
	if o.preset != "" {
		w.man.Notes = append(w.man.Notes, "--preset "+o.preset+" stood in for the windows and repetitions of scenario.yaml")
	}
	var err error
	if o.simulated {
		err = t.simulated(&w, f, plan, o)
	} else {
		err = errors.Join(t.real(&w, f, o), needKeys(f), needFiles(plan))
	}
	for _, env := range w.envs {
		env.Believe = advice.BelieveIn
	}
	return w, err
}

// real makes the world of real servers.
func (t *terminal) real(w *world, f file, o runFlags) (err error) {
	if len(o.profiles) > 0 {
		return fail(exitUsage, "add --simulated, or leave --profile out",
			"--profile is what a rehearsal plays with; real servers have their own speed")
	}
	w.man.Host.Clock = "wall"
	env := wallEnv(t, o.yes, strings.Fields(o.gpu))
	env.Wait = o.wait
	if o.salt != "" {
		if !soundSalt.MatchString(o.salt) {
			return fail(exitUsage, "such as --salt 2026-11-28-a", "--salt takes one word of letters, digits, dots and dashes")
		}
		env.Salt = o.salt
	}
	if env.Log, err = engineLogs(t, env.Clock, f.Targets, o.logs); err != nil {
		return err
	}
	if !o.uncalibrated {
		env.Calibrate = t.calibration
	}
	w.envs, w.has = []*sweep.Env{env}, []func(string) bool{func(string) bool { return true }}
	return nil
}

// simulated makes the simulated worlds. A run that is resumed goes on in one.
func (t *terminal) simulated(w *world, f file, plan scenarios.Plan, o runFlags) error {
	w.man.Host.Clock = "virtual"
	end := sparing(60) // in virtual time a collection delays nothing
	logs := rehearsal.NewTruthLogs(o.out)
	named, err := readProfiles(f.Targets, o.profiles)
	if err != nil {
		return err
	}
	rehearse := rehearsal.Apart
	if o.resume != "" {
		rehearse = rehearsal.Together
	}
	all, err := rehearse(f.Scenario, plan, rehearsal.Options{Tool: "loadgen " + version(), Truth: logs.Open,
		Change: func(target string, of *simulator.Options) { of.Profile = named[target] }})
	var p *rehearsal.Problem
	if errors.As(err, &p) {
		return fail(exitUsage, p.Hint, "%w", err)
	}
	if err != nil {
		return err
	}
	w.man.Notes = append(w.man.Notes, named.notes()...)
	for _, r := range all {
		r.OnStall(func(err error) { t.note("%v; a slow disk?", err) })
		for _, n := range r.Notes {
			t.note("%s", n)
		}
		w.man.Notes = append(w.man.Notes, r.Notes...)
		w.Scenario, w.envs, w.has = r.Scenario, append(w.envs, r.Env), append(w.has, r.Has)
	}
	w.done = func() {
		logs.Close(all)
		end()
	}
	return nil
}

// outcome turns how the playing ended into an exit code and a word.
func (t *terminal) outcome(dir string, err error) (string, error) {
	var quick *sweep.QuickError
	switch {
	case errors.As(err, &quick):
		return "", fail(exitFailed, "nothing was measured; loadgen quick SCENARIO asks again", "%w", quick)
	case errors.Is(err, sweep.ErrBusy):
		return "", fail(exitFailed, "measure when it is idle, or add --yes", "%w", sweep.ErrBusy)
	case errors.Is(err, results.ErrTaken):
		return "", fail(exitUsage, "give another directory; run --resume DIR goes on with a run that was stopped", "%w", err)
	case errors.Is(err, sweep.ErrChanged):
		return "", fail(exitUsage, "what changed is a new run: leave --resume out", "%w", err)
	case errors.Is(err, sweep.ErrStopped), errors.Is(err, context.Canceled):
		return t.stopped(dir)
	case err != nil:
		return "", fail(exitFailed, "", "%w", err)
	}
	return dir, nil
}

// stopped keeps what was measured before Ctrl-C.
func (t *terminal) stopped(dir string) (string, error) {
	run, err := results.Open(dir)
	if err != nil || len(run.Steps) == 0 {
		return "", fail(exitStopped, "", "stopped before anything was measured")
	}
	return dir, fail(exitStopped, "loadgen report "+dir, "stopped; kept: %s",
		locale.Count(len(run.Steps), "step", "steps"))
}

// verdict fails a run that carries nothing: every request failed, or no step can be trusted; and one of which too many
// failed.
func (t *terminal) verdict(dir string, mostFailed float64) error {
	run, err := results.Open(dir)
	if err != nil {
		return fail(exitFailed, "", "%w", err)
	}
	if c := run.Counts(""); c.Sent > 0 && c.OK == 0 {
		return fail(exitFailed, "loadgen quick SCENARIO asks each endpoint", "every one of %d requests failed: %s%s", c.Sent,
			strings.Join(c.ByFault(), ", "), example(run))
	}
	if v := analysis.RunVerdict(run); v.State == results.Invalid {
		return fail(exitInvalid, "loadgen report "+dir+" says why", "the run is INVALID")
	}
	return tooManyFailed(run, mostFailed)
}

// example is the first fault's own words.
func example(run *results.Run) string {
	for _, s := range run.Steps {
		records, err := s.Records()
		if err != nil {
			return ""
		}
		for _, r := range records {
			if r.Detail != "" {
				return "; the first says: " + r.Detail
			}
		}
	}
	return ""
}

func phaseNames(sc *scenarios.Scenario) []string {
	var out []string
	for _, p := range sc.Phases {
		out = append(out, p.Name)
	}
	return out
}
