package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"github.com/spf13/cobra"

	"loadgen/cluster"
	"loadgen/cluster/manifest"
	"loadgen/results"
	"loadgen/scenarios"
	"loadgen/sweep"
)

// A meetingFlags is where clients of one load meet.
type meetingFlags struct {
	url      string
	tokenEnv string
	limit    time.Duration
	lost     time.Duration
	keep     time.Duration
}

func (m *meetingFlags) add(c *cobra.Command) {
	c.Flags().StringVar(&m.url, "rendezvous", "", "with --shard: the `URL` at which clients of one load meet; the "+
		"first of them listens there, and makes one run of what all measured")
	c.Flags().StringVar(&m.tokenEnv, "rendezvous-token-env", manifest.TokenVariable,
		"the `variable` that holds the token which clients show each other")
	c.Flags().DurationVar(&m.limit, "rendezvous-wait", 5*time.Minute, "how long to wait for all clients to come")
	c.Flags().DurationVar(&m.lost, "rendezvous-lost", 15*time.Second, "how long without a word of a client until it is "+
		"lost")
	c.Flags().DurationVar(&m.keep, "rendezvous-keep", 0,
		"how long the first client waits, when all is played, for its run "+
			"to be fetched (loadgen cluster fetch)")
	c.MarkFlagsMutuallyExclusive("rendezvous", "simulated")
}

// part is which part of the load this client plays; of one it plays all.
func (o *runFlags) part() (part scenarios.Shard, err error) {
	switch o.shard {
	case "":
		if o.meet.url != "" {
			return part, fail(exitUsage, "--shard 1/4, or --shard auto where Kubernetes, Slurm or Open MPI tells",
				"--rendezvous needs --shard: which part of the load is this client's?")
		}
		return scenarios.Shard{Index: 1, Of: 1}, nil
	case "auto":
		part, err = cluster.Identify(os.Getenv)
	default:
		part, err = scenarios.ParseShard(o.shard)
	}
	if err != nil {
		return part, fail(exitUsage, "", "%w", err)
	}
	return part, nil
}

// meets refuses a rendezvous at which clients cannot meet.
func (o *runFlags) meets(part scenarios.Shard) error {
	if part.Of > cluster.ClientsMost {
		return fail(exitUsage, "", "--shard %s: %d clients are too many for a rendezvous, which has places for %d",
			o.shard, part.Of, cluster.ClientsMost)
	}
	if _, err := cluster.ReadURL(o.meet.url, part); err != nil {
		return fail(exitUsage, "", "%w", err)
	}
	if o.out == "" && o.resume == "" || os.Getenv(o.meet.tokenEnv) == "" {
		return fail(exitUsage, "such as "+o.meet.tokenEnv+"=$(openssl rand -hex 16), and --out results/run",
			"--rendezvous needs a token in the variable %s, and --out or --resume, the same for all clients", o.meet.tokenEnv)
	}
	return nil
}

// offer keeps a run at the rendezvous until it is fetched.
func (t *terminal) offer(ctx context.Context, o runFlags, dir string) error {
	if o.meet.url == "" || o.meet.keep <= 0 || dir == "" || ctx.Err() != nil {
		return nil
	}
	t.note("the run waits to be fetched at %s for %v", o.meet.url, o.meet.keep)
	if err := cluster.Offer(ctx, o.meet.url, os.Getenv(o.meet.tokenEnv), dir, o.meet.keep); err != nil {
		return fail(exitFailed, "", "%w", err)
	}
	return nil
}

// playTogether plays one client's part of a load; the first client brings all parts together and returns their run.
func (t *terminal) playTogether(ctx context.Context, f file, o runFlags, part scenarios.Shard) (dir string, err error) {
	plan, err := f.Plan(o.phase).Shard(part)
	if err != nil {
		return "", fail(exitUsage, "", "%w", err)
	}
	out, resume := cmp.Or(o.resume, o.out), o.resume != ""
	o.yes, o.resume = true, "" // beside other clients the server is never idle
	w, err := t.world(f, plan, o)
	if err != nil {
		return "", err
	}
	defer w.done()
	env := w.envs[0]
	what, err := fingerprint(f, o)
	if err != nil {
		return "", err
	}
	t.note("this is client %d of %d; waiting for the others at %s", part.Index, part.Of, o.meet.url)
	crew, err := cluster.Join(ctx, cluster.Options{URL: o.meet.url, Token: os.Getenv(o.meet.tokenEnv), Part: part,
		Build: fmt.Sprintf("%s %.12s", version(), results.Program()), Scenario: what, Host: w.man.Host.Name,
		Salt: env.Salt, Root: out + ".clients", Resume: resume, Limit: o.meet.limit, Lost: o.meet.lost, Clock: env.Clock})
	if err != nil {
		return "", notTogether(ctx, err)
	}
	err = t.playPart(f, w, plan, crew)
	err = cmp.Or(crew.Leave(cmp.Or(crew.Apart(), err)), err)
	if err != nil && !played(out) {
		return "", notTogether(ctx, err)
	}
	if !crew.First() {
		t.say("this client's part: %s", crew.Dir())
		return "", t.apart(ctx, err, out)
	}
	if merged := crew.Merge(out); merged != nil {
		return "", t.apart(ctx, cmp.Or(err, merged), out)
	}
	return out, t.apart(ctx, err, out)
}

// playPart plays what this client has of a plan.
func (t *terminal) playPart(f file, w world, plan scenarios.Plan, crew *cluster.Client) (played error) {
	env, ctx := w.envs[0], crew.Context()
	env.Crew, env.Salt = crew, crew.Salt()
	if !crew.First() { // one client reads the servers' machines
		env.GPU, env.Cards, env.Log = nil, nil, nil
	}
	levels, err := crew.CatchUp(ctx)
	if err != nil {
		return err
	}
	watch := t.watch(env)
	p := sweep.NewPlayer(env, w.Scenario, plan)
	if err := p.Recall(levels); err != nil {
		return err
	}
	watch.start(p.Progress)
	defer watch.stop()
	err = env.Clock.Run("run", func() { played = p.Play(ctx, crew.Dir(), f.data, w.man) })
	if err = errors.Join(played, err); err != nil {
		return err
	}
	return crew.End(ctx)
}

// played reports whether a step of a load, or a part of one, is here.
func played(out string) bool {
	steps, _ := fs.Glob(os.DirFS(out+".clients"), "t*/steps/[0-9]*")
	return len(steps) > 0
}

// notTogether puts into words why clients did not begin.
func notTogether(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return fail(exitStopped, "", "stopped; nothing was played")
	}
	return fail(exitFailed, "", "nothing was played: %w", err)
}

// apart puts into words how clients came apart.
func (t *terminal) apart(ctx context.Context, err error, out string) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return fail(exitStopped, "start all clients again with --resume "+out, "stopped; what was measured is in %s.clients",
			out)
	case errors.Is(err, cluster.ErrApart):
		return fail(exitFailed, "start all clients again with --resume "+out+": it plays the levels that lack", "%w; the "+
			"level being played is lost, and those before it are kept in %s.clients", err, out)
	}
	_, err = t.outcome(out, err)
	return err
}

// fingerprint is a checksum of all that makes a plan.
func fingerprint(f file, o runFlags) (string, error) {
	plan, err := json.Marshal([]any{f.Scenario, f.Plan(o.phase)})
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%x", sha256.Sum256(append(plan, f.data...))), nil
}
