package manifest

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"reflect"
	"strings"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	"sigs.k8s.io/yaml"
)

var update = flag.Bool("update", false, "write the golden files anew")

func asked4() Options {
	return Options{Name: "loadgen-chat", Namespace: "bench", Image: "registry.example/loadgen:1", Workers: 4,
		Files: map[string][]byte{"scenario.yaml": []byte("version: 1\nname: chat\n"), "trace.csv": []byte("at\n0.5\n"),
			"old.csv": {0xff, 0xfe, 0x00}},
		Scenario: "scenario.yaml", Variables: []string{"VLLM_API_KEY"}, Secret: "loadgen", CPU: "2", Memory: "2Gi",
		Deadline: 4 * time.Hour, Keep: time.Hour, Args: []string{"--preset=quick"}}
}

func onVolume() Options {
	o := asked4()
	o.Namespace, o.Files, o.Scenario, o.Claim, o.Variables = "", nil, "/results/scenario.yaml", "runs", nil
	o.Args = []string{"--resume=/results/loadgen-chat"}
	return o
}

func TestGolden(t *testing.T) {
	for file, o := range map[string]Options{"testdata/fetched.yaml": asked4(), "testdata/volume.yaml": onVolume()} {
		got, err := YAML(o)
		if err != nil {
			t.Fatal(err)
		}
		if *update {
			if err := os.WriteFile(file, got, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(file)
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %v; go test ./cluster/manifest -update writes it anew\n%s", file, err, got)
		}
	}
}

// Each object is read strictly, as an API server with field validation reads it, and nothing of it is lost.
func TestObjectsAreStrictlyTyped(t *testing.T) {
	text, into := typed(t, asked4(), &corev1.ConfigMap{}, &corev1.Service{}, &batchv1.Job{})
	typed(t, onVolume(), &corev1.Service{}, &batchv1.Job{})
	config, job := into[0].(*corev1.ConfigMap), into[2].(*batchv1.Job)
	if !reflect.DeepEqual(config.BinaryData["old.csv"], []byte{0xff, 0xfe, 0x00}) ||
		config.Data["trace.csv"] != "at\n0.5\n" {
		t.Errorf("%+v", config)
	}
	pod := job.Spec.Template.Spec
	c := pod.Containers[0]
	if *job.Spec.CompletionMode != batchv1.IndexedCompletion || *job.Spec.Completions != 4 || *job.Spec.Parallelism != 4 ||
		*job.Spec.BackoffLimitPerIndex != 0 || pod.RestartPolicy != corev1.RestartPolicyNever ||
		*pod.AutomountServiceAccountToken || !*pod.SecurityContext.RunAsNonRoot ||
		!*c.SecurityContext.ReadOnlyRootFilesystem ||
		!reflect.DeepEqual(c.Resources.Limits, c.Resources.Requests) {
		t.Errorf("%+v", job.Spec)
	}
	if bytes.Contains(text, []byte("secret:")) || !bytes.Contains(text, []byte("secretKeyRef")) {
		t.Error("a secret is referred to and never written")
	}
}

// typed reads what is written of o strictly into Kubernetes' own types, and expects the same of them.
func typed(t *testing.T, o Options, into ...any) ([]byte, []any) {
	t.Helper()
	text, err := YAML(o)
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(text), "---\n")
	docs := strings.Split(rest, "---\n")
	if len(docs) != len(into) {
		t.Fatalf("%d objects", len(docs))
	}
	for i, x := range into {
		if err := yaml.UnmarshalStrict([]byte(docs[i]), x); err != nil {
			t.Errorf("%T: %v", x, err)
		}
		if again, err := asked(x); err != nil || string(again) != docs[i] {
			t.Errorf("%T: %v\n%s\nbecame\n%s", x, err, docs[i], again)
		}
	}
	return text, into
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

// An amount that is taken is one to Kubernetes too.
func TestAmountsAreQuantities(t *testing.T) {
	for text, sound := range map[string]bool{"2": true, "0.5": true, "500m": true, "2Gi": true, "1.5Gi": true, "3M": true,
		"128Ki": true, "1e3": true, "": false, "two": false, "2 Gi": false, "2gi": false, "2mi": false, "-1": false,
		"1.": false, "2Gi\n": false} {
		if got := soundAmount.MatchString(text); got != sound {
			t.Errorf("%q: %v, want %v", text, got, sound)
		}
		if _, err := resource.ParseQuantity(text); sound && err != nil {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestWhatCannotBeIsRefused(t *testing.T) {
	for says, change := range map[string]func(*Options){
		"cannot name a Service": func(o *Options) { o.Name = "Chat" },
		"up to 52":              func(o *Options) { o.Name = "a" + strings.Repeat("b", 60) },
		"at least one":          func(o *Options) { o.Workers = 0 },
		"no image":              func(o *Options) { o.Image = "" },
		"no amount":             func(o *Options) { o.CPU = "two" },
		"give a time to fetch":  func(o *Options) { o.Keep = 0 },
		"a longer --deadline":   func(o *Options) { o.Deadline = o.Keep },
		"has no directories":    func(o *Options) { o.Files["data/x.csv"] = nil },
		"are 1048600 bytes, and a ConfigMap holds 1": func(o *Options) { o.Files["x"] = make([]byte, 1048600-32) },
	} {
		o := asked4()
		change(&o)
		if _, err := YAML(o); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%v, want %s", err, says)
		}
	}
}
