package main

import (
	"cmp"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"loadgen/cluster"
	"loadgen/cluster/manifest"
)

func newCluster(t *terminal) *cobra.Command {
	c := &cobra.Command{Use: "cluster", Short: "Start many clients of one load in Kubernetes, and fetch their run"}
	c.AddCommand(newClusterManifest(t), newClusterFetch(t))
	return c
}

func newClusterManifest(t *terminal) *cobra.Command {
	var o manifest.Options
	c := &cobra.Command{
		Use: "manifest SCENARIO",
		Short: "Write the Kubernetes objects that play a scenario from several pods: pipe them to kubectl apply " +
			"--server-side -f -",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			f, err := readScenario(args[0])
			if err != nil {
				return err
			}
			if o.Workers > cluster.ClientsMost {
				return fail(exitUsage, "", "--workers %d: a rendezvous has places for %d", o.Workers, cluster.ClientsMost)
			}
			if o.Scenario == "" {
				if o.Files, err = scenarioFilesOf(f); err != nil {
					return err
				}
				o.Scenario = "scenario.yaml"
			}
			o.Name, o.Variables = cmp.Or(o.Name, "loadgen-"+f.Name), f.Variables()
			for _, target := range f.Targets {
				if target.CAEnv != "" {
					t.note("%s: ca_env names a file, which the pods have not: mount it, and set %s", target.Name, target.CAEnv)
				}
			}
			text, err := manifest.YAML(o)
			if err != nil {
				return fail(exitUsage, "", "%w", err)
			}
			_, err = t.out.Write(text)
			return err
		},
	}
	c.Flags().IntVar(&o.Workers, "workers", 0, "how many `clients` share the load")
	c.Flags().StringVar(&o.Image, "image", "", "the `image` with loadgen (docker build .)")
	_ = c.MarkFlagRequired("workers")
	_ = c.MarkFlagRequired("image")
	c.Flags().StringVar(&o.Name, "name", "", "`name` of all objects; default loadgen- and the scenario's")
	c.Flags().StringVar(&o.Namespace, "namespace", "", "the `namespace` to write into them; default none")
	c.Flags().StringVar(&o.Secret, "secret", "loadgen", "the `secret` with the rendezvous' token and the targets' "+
		"keys; it is referred to, never written")
	c.Flags().StringVar(&o.Claim, "claim", "", "a persistent volume `claim` (ReadWriteMany) for the runs; default "+
		"disks of the pods, from which loadgen cluster fetch brings the run")
	c.Flags().StringVar(&o.Scenario, "at", "", "the absolute `path` at which the image, or the volume under /results, "+
		"has the scenario; default a ConfigMap, which holds 1 MiB")
	c.Flags().StringVar(&o.CPU, "cpu", "2", "`cores` of each pod")
	c.Flags().StringVar(&o.Memory, "memory", "2Gi", "`memory` of each pod")
	c.Flags().DurationVar(&o.Deadline, "deadline", 4*time.Hour, "after this `time` the Job is ended, "+
		"also while its run waits to be fetched")
	c.Flags().DurationVar(&o.Keep, "keep", time.Hour, "the `time` that a run waits to be fetched, and finished pods "+
		"are kept")
	c.Flags().StringArrayVar(&o.Args, "arg", nil, "another `flag` of run, such as --arg=--preset=quick")
	return c
}

// scenarioFilesOf are what a scenario is made of, by the names that it reads them under.
func scenarioFilesOf(f file) (map[string][]byte, error) {
	out := map[string][]byte{"scenario.yaml": f.data}
	for _, name := range f.Files() {
		data, err := os.ReadFile(filepath.Join(filepath.Dir(f.name), name))
		if err != nil {
			return nil, fail(exitUsage, "lay what the scenario reads beside it, or give --at", "%w", err)
		}
		out[name] = data
	}
	return out, nil
}

func newClusterFetch(t *terminal) *cobra.Command {
	var out, tokenEnv string
	var wait time.Duration
	c := &cobra.Command{
		Use:   "fetch URL",
		Short: "Fetch the run that clients without a common volume made, through kubectl port-forward",
		Args:  cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			token := os.Getenv(tokenEnv)
			if token == "" {
				return fail(exitUsage, "export "+tokenEnv+"=…, the one in the secret", "the variable %s is not set", tokenEnv)
			}
			out = strings.TrimSuffix(cmp.Or(out, filepath.Join("runs", "fetched-"+time.Now().UTC().Format("20060102-150405"))),
				"/")
			if err := cluster.Fetch(c.Context(), args[0], token, out, wait); err != nil {
				return fail(exitFailed, "", "%w", err)
			}
			t.say("run directory: %s\nnext: loadgen report %s", out, out)
			return nil
		},
	}
	c.Flags().StringVar(&out, "out", "", "run `directory`; default runs/fetched-TIME")
	c.Flags().DurationVar(&wait, "wait", 0, "wait so long for the run to be ready, such as `10m`")
	c.Flags().StringVar(&tokenEnv, "rendezvous-token-env", manifest.TokenVariable,
		"the `variable` that holds the clients' token")
	return c
}
