// Package manifest writes the Kubernetes objects that start the clients of one load: an Indexed Job, which places them,
// tells each which it is and cleans up, and what it needs.
package manifest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
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
	nobody      = int64(65534)
	configMost  = 1 << 20 // bytes that a ConfigMap holds
	tokenKey    = "token"
	scenarioDir = "/scenario"
	resultsDir  = "/results"
)

// TokenVariable holds the token of the rendezvous.
const TokenVariable = "LOADGEN_RENDEZVOUS_TOKEN"

// soundName is what names a Service and a pod's subdomain, with room for an index.
var soundName = regexp.MustCompile(`^[a-z]([-a-z0-9]{0,50}[a-z0-9])?$`)

// YAML are the objects, for kubectl apply --server-side: applied by the client, objects above 256 KiB do not fit into
// the annotation that it keeps of them.
func YAML(o Options) ([]byte, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	objects := []any{o.service(), o.job()}
	if len(o.Files) > 0 {
		objects = slices.Insert(objects, 0, any(o.config()))
	}
	var out bytes.Buffer
	fmt.Fprintf(&out, "# %d clients of one load, written by loadgen cluster manifest. What they need first, once:\n#   "+
		"kubectl create secret "+
		"generic %s --from-literal=%s=$(openssl rand -hex 16)%s\n", o.Workers, o.Secret, tokenKey, o.keys())
	for _, x := range objects {
		text, err := asked(x)
		if err != nil {
			return nil, err
		}
		out.WriteString("---\n")
		out.Write(text)
	}
	return out.Bytes(), nil
}

// asked is an object without its status, which is not ours to say.
func asked(x any) ([]byte, error) {
	data, err := json.Marshal(x)
	if err != nil {
		return nil, err
	}
	var fields map[string]any
	if err := json.Unmarshal(data, &fields); err != nil {
		return nil, err
	}
	delete(fields, "status")
	return yaml.Marshal(fields)
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
		if _, err := resource.ParseQuantity(amount); err != nil {
			return fmt.Errorf("%q is no amount such as 2 or 2Gi: %w", amount, err)
		}
	}
	return nil
}

func (o Options) meta() metav1.ObjectMeta {
	return metav1.ObjectMeta{Name: o.Name, Namespace: o.Namespace, Labels: map[string]string{
		"app.kubernetes.io/name": "loadgen", "app.kubernetes.io/instance": o.Name}}
}

// config holds the scenario and what it reads; what is no text is kept as bytes.
func (o Options) config() *corev1.ConfigMap {
	c := &corev1.ConfigMap{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "ConfigMap"}, ObjectMeta: o.meta(),
		Immutable: new(true), Data: map[string]string{}, BinaryData: map[string][]byte{}}
	for _, name := range slices.Sorted(maps.Keys(o.Files)) {
		if data := o.Files[name]; utf8.Valid(data) {
			c.Data[name] = string(data)
		} else {
			c.BinaryData[name] = data
		}
	}
	return c
}

// service gives pods names, from before they are ready: the rendezvous is found by its own.
func (o Options) service() *corev1.Service {
	return &corev1.Service{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Service"}, ObjectMeta: o.meta(),
		Spec: corev1.ServiceSpec{ClusterIP: corev1.ClusterIPNone, PublishNotReadyAddresses: true,
			Selector: map[string]string{batchv1.JobNameLabel: o.Name},
			Ports:    []corev1.ServicePort{{Name: "rendezvous", Port: port, TargetPort: intstr.FromInt32(port)}}}}
}

// job is one pod for each worker. None is started again: its part of a level cannot be, and --resume plays what lacks.
func (o Options) job() *batchv1.Job {
	workers := int32(o.Workers)
	return &batchv1.Job{TypeMeta: metav1.TypeMeta{APIVersion: "batch/v1", Kind: "Job"}, ObjectMeta: o.meta(),
		Spec: batchv1.JobSpec{CompletionMode: new(batchv1.IndexedCompletion), Completions: &workers, Parallelism: &workers,
			BackoffLimitPerIndex: new(int32(0)), ActiveDeadlineSeconds: new(int64(o.Deadline.Seconds())),
			TTLSecondsAfterFinished: new(int32(o.Keep.Seconds())),
			Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: o.meta().Labels},
				Spec: o.pod()}}}
}

func (o Options) pod() corev1.PodSpec {
	amounts := corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(o.CPU),
		corev1.ResourceMemory: resource.MustParse(o.Memory)}
	c := corev1.Container{Name: "loadgen", Image: o.Image, Args: o.args(), Env: o.env(),
		Ports: []corev1.ContainerPort{{Name: "rendezvous", ContainerPort: port}},
		// equal: cores of its own, never throttled
		Resources: corev1.ResourceRequirements{Requests: amounts, Limits: amounts},
		SecurityContext: &corev1.SecurityContext{AllowPrivilegeEscalation: new(false), ReadOnlyRootFilesystem: new(true),
			Capabilities: &corev1.Capabilities{Drop: []corev1.Capability{"ALL"}}},
		VolumeMounts: []corev1.VolumeMount{{Name: "results", MountPath: resultsDir}, {Name: "tmp", MountPath: "/tmp"}}}
	empty := corev1.VolumeSource{EmptyDir: &corev1.EmptyDirVolumeSource{}}
	results := empty
	if o.Claim != "" {
		results = corev1.VolumeSource{PersistentVolumeClaim: &corev1.PersistentVolumeClaimVolumeSource{ClaimName: o.Claim}}
	}
	volumes := []corev1.Volume{{Name: "results", VolumeSource: results}, {Name: "tmp", VolumeSource: empty}}
	if len(o.Files) > 0 {
		c.VolumeMounts = append(c.VolumeMounts, corev1.VolumeMount{Name: "scenario", MountPath: scenarioDir, ReadOnly: true})
		volumes = append(volumes, corev1.Volume{Name: "scenario", VolumeSource: corev1.VolumeSource{
			ConfigMap: &corev1.ConfigMapVolumeSource{LocalObjectReference: corev1.LocalObjectReference{Name: o.Name}}}})
	}
	return corev1.PodSpec{Subdomain: o.Name, RestartPolicy: corev1.RestartPolicyNever, Containers: []corev1.Container{c},
		Volumes: volumes, AutomountServiceAccountToken: new(false), EnableServiceLinks: new(false),
		TerminationGracePeriodSeconds: new(int64(120)), // what was measured is written and brought
		SecurityContext: &corev1.PodSecurityContext{RunAsNonRoot: new(true), RunAsUser: new(nobody), RunAsGroup: new(nobody),
			FSGroup:        new(nobody),
			SeccompProfile: &corev1.SeccompProfile{Type: corev1.SeccompProfileTypeRuntimeDefault}},
		TopologySpreadConstraints: []corev1.TopologySpreadConstraint{{MaxSkew: 1, TopologyKey: corev1.LabelHostname,
			WhenUnsatisfiable: corev1.DoNotSchedule, NodeTaintsPolicy: new(corev1.NodeInclusionPolicyHonor),
			LabelSelector: &metav1.LabelSelector{MatchLabels: map[string]string{batchv1.JobNameLabel: o.Name}}}}}
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

func (o Options) env() []corev1.EnvVar {
	secret := func(name, key string) corev1.EnvVar {
		return corev1.EnvVar{Name: name, ValueFrom: &corev1.EnvVarSource{SecretKeyRef: &corev1.SecretKeySelector{
			LocalObjectReference: corev1.LocalObjectReference{Name: o.Secret}, Key: key}}}
	}
	out := []corev1.EnvVar{{Name: "JOB_COMPLETIONS", Value: fmt.Sprint(o.Workers)},
		{Name: "XDG_CACHE_HOME", Value: "/tmp"},
		secret(TokenVariable, tokenKey)}
	for _, v := range o.Variables {
		out = append(out, secret(v, v))
	}
	return out
}
