// Package manifest writes the Kubernetes objects that start the clients of one load: an Indexed Job, which places them,
// tells each which it is and cleans up, and what it needs.
package manifest

import (
	"bytes"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"sigs.k8s.io/yaml"
)

// Options are what is written.
type Options struct {
	Name      string // of all objects
	Namespace string // empty: where they are applied
	Image     string
	Workers   int
	Files     map[string][]byte // the scenario's, under Scenario, and those it reads, by their names
	// the scenario's file; an absolute path where the image or the volume has it, and Files none
	Scenario  string
	Variables []string // that hold keys of targets
	Secret    string   // that has the rendezvous' token, and those variables, by their names
	Claim     string   // a volume that all workers write to; empty: each has its own disk, and the run is fetched
	CPU       string
	Memory    string
	Deadline  time.Duration // of the whole Job, the run's wait to be fetched too
	Keep      time.Duration // that finished pods are kept, and that the run waits to be fetched
	Args      []string      // more flags of run
}

const (
	port        = 7077
	nobody      = 65534
	configMost  = 1 << 20 // bytes that a ConfigMap holds
	tokenKey    = "token"
	scenarioDir = "/scenario"
	resultsDir  = "/results"
)

// TokenVariable holds the token of the rendezvous.
const TokenVariable = "LOADGEN_RENDEZVOUS_TOKEN"

// soundName is what names a Service and a pod's subdomain, with room for an index.
var soundName = regexp.MustCompile(`^[a-z]([-a-z0-9]{0,50}[a-z0-9])?$`)

// soundAmount is a quantity as Kubernetes reads it.
var soundAmount = regexp.MustCompile(`^\d+(\.\d+)?(m|[kMGTPE]|[KMGTPE]i|[eE]\d+)?$`)

// fields are an object of Kubernetes, or a part of one. They are not typed by k8s.io/api, which would be a sixth of the
// program; the tests read what is written strictly into those types.
type fields = map[string]any

// YAML are the objects, for kubectl apply --server-side: applied by the client, objects above 256 KiB do not fit into
// the annotation that it keeps of them.
func YAML(o Options) ([]byte, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	objects := []fields{o.service(), o.job()}
	if len(o.Files) > 0 {
		objects = slices.Insert(objects, 0, o.config())
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "# %d clients of one load, written by loadgen cluster manifest. What they need first, once:\n#   "+
		"kubectl create secret "+
		"generic %s --from-literal=%s=$(openssl rand -hex 16)%s\n", o.Workers, o.Secret, tokenKey, o.keys())
	for _, x := range objects {
		text, err := yaml.Marshal(x)
		if err != nil {
			return nil, err
		}
		out.WriteString("---\n")
		out.Write(text)
	}
	return out.Bytes(), nil
}

// keys is how the variables come into the secret.
func (o Options) keys() (out string) {
	for _, v := range o.Variables {
		out += fmt.Sprintf(" --from-literal=%s=\"$%s\"", v, v)
	}
	return out
}

func (o Options) check() error {
	size := 0
	for name, data := range o.Files {
		size += len(data)
		if strings.ContainsRune(name, '/') {
			return fmt.Errorf("the scenario reads %s, and a ConfigMap has no directories: lay it beside the scenario", name)
		}
	}
	switch {
	case !soundName.MatchString(o.Name):
		return fmt.Errorf("%q cannot name a Service: up to 52 lower-case letters, digits and dashes, a letter first", o.Name)
	case o.Workers < 1:
		return fmt.Errorf("%d workers: at least one", o.Workers)
	case o.Image == "":
		return fmt.Errorf("no image is given")
	case o.Claim == "" && o.Keep <= 0:
		return fmt.Errorf("disks of pods end with them: give a time to fetch the run in (--keep), or a volume (--claim)")
	case o.Deadline <= o.offered():
		return fmt.Errorf("after %v the Job is ended, and its run waits for %v of them to be fetched (--keep): give a "+
			"longer --deadline", o.Deadline, o.offered())
	case size > configMost:
		return fmt.Errorf("the scenario and what it reads are %d bytes, and a ConfigMap holds %d: build them into an image "+
			"(FROM %s, COPY . %s/), or lay them on the volume of --claim, and name the place with --at", size, configMost,
			o.Image, scenarioDir)
	}
	for _, amount := range []string{o.CPU, o.Memory} {
		if !soundAmount.MatchString(amount) {
			return fmt.Errorf("%q is no amount such as 2, 500m or 2Gi", amount)
		}
	}
	return nil
}

func (o Options) labels() fields {
	return fields{"app.kubernetes.io/name": "loadgen", "app.kubernetes.io/instance": o.Name}
}

// ofJob is the label that Kubernetes gives the Job's pods.
func (o Options) ofJob() fields { return fields{"batch.kubernetes.io/job-name": o.Name} }

// object is one of the objects that are applied, without what it is made of.
func (o Options) object(version, kind string) fields {
	meta := fields{"name": o.Name, "labels": o.labels()}
	if o.Namespace != "" {
		meta["namespace"] = o.Namespace
	}
	return fields{"apiVersion": version, "kind": kind, "metadata": meta}
}

// config holds the scenario and what it reads; what is no text is kept as bytes.
func (o Options) config() fields {
	texts, others := map[string]string{}, map[string][]byte{}
	for name, data := range o.Files {
		if utf8.Valid(data) {
			texts[name] = string(data)
		} else {
			others[name] = data
		}
	}
	c := o.object("v1", "ConfigMap")
	c["immutable"], c["data"] = true, texts
	if len(others) > 0 {
		c["binaryData"] = others
	}
	return c
}

// service gives pods names, from before they are ready: the rendezvous is found by its own.
func (o Options) service() fields {
	s := o.object("v1", "Service")
	s["spec"] = fields{"clusterIP": "None", "publishNotReadyAddresses": true, "selector": o.ofJob(),
		"ports": []fields{{"name": "rendezvous", "port": port, "targetPort": port}}}
	return s
}

// job is one pod for each worker. None is started again: its part of a level cannot be, and --resume plays what lacks.
func (o Options) job() fields {
	j := o.object("batch/v1", "Job")
	j["spec"] = fields{"completionMode": "Indexed", "completions": o.Workers, "parallelism": o.Workers,
		"backoffLimitPerIndex":    0,
		"activeDeadlineSeconds":   int64(o.Deadline.Seconds()),
		"ttlSecondsAfterFinished": int64(o.Keep.Seconds()),
		"template":                fields{"metadata": fields{"labels": o.labels()}, "spec": o.pod()}}
	return j
}

func (o Options) pod() fields {
	amounts := fields{"cpu": o.CPU, "memory": o.Memory}
	mounts := []fields{{"name": "results", "mountPath": resultsDir}, {"name": "tmp", "mountPath": "/tmp"}}
	results := fields{"name": "results", "emptyDir": fields{}}
	if o.Claim != "" {
		results = fields{"name": "results", "persistentVolumeClaim": fields{"claimName": o.Claim}}
	}
	volumes := []fields{results, {"name": "tmp", "emptyDir": fields{}}}
	if len(o.Files) > 0 {
		mounts = append(mounts, fields{"name": "scenario", "mountPath": scenarioDir, "readOnly": true})
		volumes = append(volumes, fields{"name": "scenario", "configMap": fields{"name": o.Name}})
	}
	c := fields{"name": "loadgen", "image": o.Image, "args": o.args(), "env": o.env(), "volumeMounts": mounts,
		"ports": []fields{{"name": "rendezvous", "containerPort": port}},
		// equal: cores of its own, never throttled
		"resources": fields{"requests": amounts, "limits": amounts},
		"securityContext": fields{"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
			"capabilities": fields{"drop": []string{"ALL"}}}}
	return fields{"subdomain": o.Name, "restartPolicy": "Never", "containers": []fields{c}, "volumes": volumes,
		"automountServiceAccountToken": false, "enableServiceLinks": false,
		"terminationGracePeriodSeconds": 120, // what was measured is written and brought
		"securityContext": fields{"runAsNonRoot": true, "runAsUser": nobody, "runAsGroup": nobody, "fsGroup": nobody,
			"seccompProfile": fields{"type": "RuntimeDefault"}},
		"topologySpreadConstraints": []fields{{"maxSkew": 1, "topologyKey": "kubernetes.io/hostname",
			"whenUnsatisfiable": "DoNotSchedule", "nodeTaintsPolicy": "Honor",
			"labelSelector": fields{"matchLabels": o.ofJob()}}}}
}

// offered is how long a run waits to be fetched: on a volume it need not be.
func (o Options) offered() time.Duration {
	if o.Claim != "" {
		return 0
	}
	return o.Keep
}

// args begin a client. The first pod of an Indexed Job is called NAME-0.
func (o Options) args() []string {
	at := o.Scenario
	if !path.IsAbs(at) {
		at = path.Join(scenarioDir, at)
	}
	out := []string{"run", at, "--shard=auto", fmt.Sprintf("--rendezvous=http://%s-0.%s:%d", o.Name, o.Name, port)}
	if d := o.offered(); d > 0 {
		out = append(out, "--rendezvous-keep="+d.String())
	}
	if !slices.ContainsFunc(o.Args, func(a string) bool { return strings.HasPrefix(a, "--resume") }) {
		out = append(out, "--out="+path.Join(resultsDir, o.Name))
	}
	return append(out, o.Args...)
}

func (o Options) env() []fields {
	out := []fields{{"name": "JOB_COMPLETIONS", "value": fmt.Sprint(o.Workers)},
		{"name": "XDG_CACHE_HOME", "value": "/tmp"},
		o.secret(TokenVariable, tokenKey)}
	for _, v := range o.Variables {
		out = append(out, o.secret(v, v))
	}
	return out
}

// secret is a variable that has the value under a key of the secret.
func (o Options) secret(name, key string) fields {
	return fields{"name": name, "valueFrom": fields{"secretKeyRef": fields{"name": o.Secret, "key": key}}}
}
