package cluster

import (
	"bytes"
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
)

const (
	namespace = "bench"
	name      = "loadgen-shared"
	token     = "canary-51c0ffee"
	scenario  = `version: 1
name: shared
targets: {mini: {url: http://127.0.0.1:8000, model: Qwen/Qwen3-1.7B-FP8}}
prompts: {chat: {input: {fixed: 20}, output: {fixed: 5}}}
load: {concurrency: [3, 6, 9], measure: 4s}
`
)

// The manifest of three clients is applied as it is printed. The second client is killed in the second level, while the
// Job's controller, which gives up its index, looks on: the first level is whole, the second is left out, nothing is
// started twice, and the run is fetched from the first pod.
func TestAKilledPodCostsTheLevelItWasIn(t *testing.T) {
	program := os.Getenv(inside)
	client := controlPlane(t)
	prepare(t, client)
	command(t, program, "simulate", "--model", "Qwen/Qwen3-1.7B-FP8", "--port", "8000")
	eventually(t, "the simulated server listens", func() bool {
		c, err := net.Dial("tcp", "127.0.0.1:8000")
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	k := &kubelet{t: t, client: client, namespace: namespace, program: program, disks: t.TempDir()}
	k.start()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "s.yaml"), []byte(scenario), 0o600); err != nil {
		t.Fatal(err)
	}
	objects := output(t, program, "cluster", "manifest", filepath.Join(dir, "s.yaml"), "--workers", "3", "--image",
		"loadgen:1", "--namespace", namespace, "--arg=--no-calibrate", "--arg=--rendezvous-lost=5s")
	apply(t, client, objects)

	clients := filepath.Join("results", name+".clients")
	eventually(t, "the first level is collected, and the second is played", func() bool {
		return len(glob(t, k.disks, name+"-0", clients, "t1-s*", "steps", "001-*", "step.json")) == 3 &&
			len(glob(t, k.disks, name+"-1", clients, "t1-s2", "steps", ".002-*.partial")) == 1
	})
	if err := k.container(name + "-1").process.Kill(); err != nil {
		t.Fatal(err)
	}
	run := filepath.Join(dir, "run")
	output(t, program, "cluster", "fetch", "http://127.0.0.1:7077", "--wait", patience.String(), "--out", run)

	first, second := glob(t, run, "steps", "*-n3-*"), glob(t, run, "steps", "*-n6-*")
	if len(first) != 3 || len(second) > 2 {
		t.Errorf("there are %v and %v", first, second)
	}
	var told struct {
		Verdict struct {
			Reasons []struct{ Check, Says string }
		}
		Targets []struct{ Levels []struct{ Level string } }
	}
	if err := json.Unmarshal(output(t, program, "report", run, "--json"), &told); err != nil {
		t.Fatal(err)
	}
	if l := told.Targets[0].Levels; len(l) != 1 || l[0].Level != "n3" {
		t.Errorf("levels are told: %v", l)
	}
	if slices.ContainsFunc(told.Verdict.Reasons, func(r struct{ Check, Says string }) bool {
		return strings.HasPrefix(r.Says, "mini n3 r1 is left out")
	}) {
		t.Errorf("the verdict is %+v", told.Verdict)
	}
	text := output(t, program, "report", run)
	if !bytes.Contains(text, []byte("client 2 of 3")) || bytes.Contains(text, []byte(token)) {
		t.Errorf("the report says %s", text)
	}
	t.Logf("%d parts of the first level and %d of the second were fetched", len(first), len(second))
	checkJob(t, client)
}

// checkJob waits for the Job's end: each index failed once, the second with SIGKILL's code.
func checkJob(t *testing.T, client kubernetes.Interface) {
	t.Helper()
	var j *batchv1.Job
	eventually(t, "the Job has failed", func() bool {
		var err error
		if j, err = client.BatchV1().Jobs(namespace).Get(t.Context(), name, metav1.GetOptions{}); err != nil {
			t.Fatal(err)
		}
		return slices.ContainsFunc(j.Status.Conditions, func(c batchv1.JobCondition) bool {
			return c.Type == batchv1.JobFailed && c.Status == corev1.ConditionTrue
		})
	})
	if f := j.Status.FailedIndexes; f == nil || *f != "0-2" || j.Status.Failed != 3 {
		t.Fatalf("the Job's status is %+v", j.Status)
	}
	pods, err := client.CoreV1().Pods(namespace).List(t.Context(), metav1.ListOptions{})
	if err != nil {
		t.Fatal(err)
	}
	codes := map[string]int32{}
	for _, p := range pods.Items {
		codes[p.Annotations[batchv1.JobCompletionIndexAnnotation]] = p.Status.ContainerStatuses[0].State.Terminated.ExitCode
	}
	t.Logf("failed indexes %s, exits %v", *j.Status.FailedIndexes, codes)
	if len(pods.Items) != 3 || codes["0"] != 1 || codes["1"] != 137 || codes["2"] != 1 {
		t.Errorf("%d pods ended with %v", len(pods.Items), codes)
	}
}

// prepare makes a namespace in which only pods of the standard "restricted" are let in, with what the manifest refers
// to.
func prepare(t *testing.T, client kubernetes.Interface) {
	t.Helper()
	core, ctx := client.CoreV1(), t.Context()
	_, err := core.Namespaces().Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: namespace,
		Labels: map[string]string{"pod-security.kubernetes.io/enforce": "restricted"}}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = core.ServiceAccounts(namespace).Create(ctx, &corev1.ServiceAccount{ObjectMeta: metav1.ObjectMeta{
		Name: "default"}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
	_, err = core.Secrets(namespace).Create(ctx, &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "loadgen"},
		StringData: map[string]string{"token": token}}, metav1.CreateOptions{})
	if err != nil {
		t.Fatal(err)
	}
}

// apply applies objects on the server's side, as `kubectl apply --server-side` does: an unknown field is refused.
func apply(t *testing.T, client kubernetes.Interface, objects []byte) {
	t.Helper()
	places := map[string]string{"ConfigMap": "/api/v1/namespaces/bench/configmaps/",
		"Service": "/api/v1/namespaces/bench/services/", "Job": "/apis/batch/v1/namespaces/bench/jobs/"}
	for _, object := range bytes.Split(objects, []byte("---\n"))[1:] {
		kind := lineAfter(object, "kind: ")
		err := client.CoreV1().RESTClient().Patch(types.ApplyYAMLPatchType).AbsPath(places[kind]+name).
			Param("fieldManager", "test").Param("fieldValidation", "Strict").Body(object).Do(t.Context()).Error()
		if err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
	}
}

// lineAfter is the rest of the line that begins so.
func lineAfter(text []byte, begin string) string {
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, begin); ok {
			return strings.TrimSpace(rest)
		}
	}
	return ""
}

// command starts the program; it is ended with the test.
func command(t *testing.T, program string, args ...string) {
	t.Helper()
	c := exec.Command(program, args...)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Signal(syscall.SIGINT)
		_ = c.Wait()
	})
}

// output is what a command prints that ends well.
func output(t *testing.T, program string, args ...string) []byte {
	t.Helper()
	c := exec.Command(program, args...)
	var said bytes.Buffer
	c.Env, c.Stderr = append(os.Environ(), "LOADGEN_RENDEZVOUS_TOKEN="+token), &said
	out, err := c.Output()
	if err != nil {
		t.Fatalf("loadgen %v: %v\n%s%s", args, err, out, &said)
	}
	return out
}

func glob(t *testing.T, pattern ...string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(pattern...))
	if err != nil {
		t.Fatal(err)
	}
	return found
}
