// Package cluster lets several processes play one load: who is which part of it, a rendezvous on the first of them
// where they wait for each other, decide and bring what they measured, and the Kubernetes objects that start them.
package cluster

import (
	"fmt"
	"strconv"

	"loadgen/scenarios"
)

// launchers tell a process which of how many it is. The innermost goes first: mpirun starts processes inside a Slurm
// job, or a pod.
var launchers = []struct {
	name, index, of string
	hint            string
}{
	{"Open MPI", "OMPI_COMM_WORLD_RANK", "OMPI_COMM_WORLD_SIZE", ""},
	{"Kubernetes", "JOB_COMPLETION_INDEX", "JOB_COMPLETIONS", "a Job of completionMode Indexed sets the index alone: " +
		"give its completions as the variable JOB_COMPLETIONS, as loadgen cluster manifest does"},
	{"Slurm", "SLURM_PROCID", "SLURM_NTASKS", "start it with srun"},
}

// Identify is which part of a load this process plays, by its launcher's variables. Of is 1 where there are no others.
func Identify(getenv func(string) string) (scenarios.Shard, error) {
	for _, l := range launchers {
		index := getenv(l.index)
		if index == "" {
			continue
		}
		i, err1 := strconv.Atoi(index)
		of, err2 := strconv.Atoi(getenv(l.of))
		if err1 != nil || err2 != nil || i < 0 || i >= of || of > ClientsMost {
			return scenarios.Shard{}, fmt.Errorf("%s says that this is %s=%q of %s=%q, which is no place among up to %d; %s",
				l.name, l.index, index, l.of, getenv(l.of), ClientsMost, l.hint)
		}
		return scenarios.Shard{Index: i + 1, Of: of}, nil
	}
	var names []string
	for _, l := range launchers {
		names = append(names, l.index)
	}
	return scenarios.Shard{}, fmt.Errorf("no launcher told which part of the load this is: none of %v is set; give it as "+
		"--shard 1/4", names)
}

// ClientsMost bounds what a rendezvous keeps and listens to.
const ClientsMost = 1000
