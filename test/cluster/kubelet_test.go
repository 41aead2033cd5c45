package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"
)

// A kubelet is scheduler, node and cluster DNS for the pods of one namespace. A container is a process as nobody in a
// root of its own, with nothing in it but the program, its volumes, /proc and /etc/hosts; its network is the test's.
type kubelet struct {
	t          *testing.T
	ctx        context.Context
	client     kubernetes.Interface
	namespace  string
	program    string // the image
	disks      string // roots of pods, by their names' indices
	containers sync.WaitGroup

	mu   sync.Mutex
	pods map[string]*container // by the names of their hosts
}

type container struct {
	pod     *corev1.Pod
	root    string
	process *os.Process
}

const nobody = 65534

// start runs pods as they come, until the test ends.
func (k *kubelet) start() {
	ctx, cancel := context.WithCancel(context.Background())
	k.ctx, k.pods = ctx, map[string]*container{}
	over := make(chan struct{})
	go func() {
		defer close(over)
		for ; ctx.Err() == nil; time.Sleep(50 * time.Millisecond) {
			if err := k.sync(); err != nil && ctx.Err() == nil {
				k.t.Errorf("kubelet: %v", err)
				return
			}
		}
	}()
	k.t.Cleanup(func() {
		cancel()
		<-over
		for _, c := range k.pods {
			_ = c.process.Kill()
		}
		k.containers.Wait()
		for _, c := range k.pods {
			_ = syscall.Unmount(filepath.Join(c.root, "proc"), syscall.MNT_DETACH)
		}
	})
}

// sync starts what is to run, ends what is deleted and names all.
func (k *kubelet) sync() error {
	pods, err := k.client.CoreV1().Pods(k.namespace).List(k.ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	for _, pod := range pods.Items {
		c := k.container(pod.Spec.Hostname)
		switch {
		case c == nil && pod.DeletionTimestamp == nil:
			err = k.begin(&pod)
		case c != nil && pod.DeletionTimestamp != nil:
			_ = c.process.Signal(syscall.SIGTERM)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", pod.Name, err)
		}
	}
	return k.name()
}

func (k *kubelet) container(host string) *container {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.pods[host]
}

// begin binds a pod, starts its container and says so.
func (k *kubelet) begin(pod *corev1.Pod) error {
	binding := &corev1.Binding{ObjectMeta: metav1.ObjectMeta{Name: pod.Name},
		Target: corev1.ObjectReference{Kind: "Node", Name: "this-host"}}
	if err := k.client.CoreV1().Pods(k.namespace).Bind(k.ctx, binding, metav1.CreateOptions{}); err != nil {
		return err
	}
	spec := pod.Spec.Containers[0]
	root := filepath.Join(k.disks, pod.Spec.Hostname)
	if err := errors.Join(k.image(root), k.mount(pod, root)); err != nil {
		return err
	}
	env, err := k.env(pod)
	if err != nil {
		return err
	}
	log, err := os.Create(root + ".log")
	if err != nil {
		return err
	}
	p := exec.Command("/loadgen", spec.Args...)
	p.Dir, p.Env, p.Stdout, p.Stderr = "/", env, log, log
	p.SysProcAttr = apart(nobody, 0)
	p.SysProcAttr.Chroot = root
	if err := p.Start(); err != nil {
		return err
	}
	k.mu.Lock()
	k.pods[pod.Spec.Hostname] = &container{pod, root, p.Process}
	k.mu.Unlock()
	began := metav1.Now()
	running := corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: began}}
	err = k.report(pod.Name, corev1.PodStatus{Phase: corev1.PodRunning,
		ContainerStatuses: []corev1.ContainerStatus{{Name: spec.Name, Ready: true, State: running}}})
	k.containers.Go(func() {
		defer log.Close()
		_ = p.Wait()
		if err := k.report(pod.Name, ended(p.ProcessState, began)); err != nil && k.ctx.Err() == nil {
			k.t.Errorf("kubelet: %v", err)
		}
	})
	return err
}

// image lays out a root as the Dockerfile does.
func (k *kubelet) image(root string) error {
	proc := filepath.Join(root, "proc")
	if err := errors.Join(os.MkdirAll(proc, 0o755), os.Mkdir(filepath.Join(root, "etc"), 0o755)); err != nil {
		return err
	}
	if err := syscall.Mount("/proc", proc, "", syscall.MS_BIND|syscall.MS_REC, ""); err != nil {
		return fmt.Errorf("/proc: %w", err)
	}
	from, err := os.Open(k.program)
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.OpenFile(filepath.Join(root, "loadgen"), os.O_CREATE|os.O_WRONLY, 0o555)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	return errors.Join(err, to.Close())
}

// mount lays out the volumes of a pod, and closes its root where that is to be only read.
func (k *kubelet) mount(pod *corev1.Pod, root string) error {
	volumes := map[string]corev1.VolumeSource{}
	for _, v := range pod.Spec.Volumes {
		volumes[v.Name] = v.VolumeSource
	}
	c := pod.Spec.Containers[0]
	for _, m := range c.VolumeMounts {
		dir := filepath.Join(root, m.MountPath)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		switch source := volumes[m.Name]; {
		case source.EmptyDir != nil:
		case source.ConfigMap != nil:
			if err := k.configMap(source.ConfigMap.Name, dir); err != nil {
				return err
			}
		default:
			return fmt.Errorf("volume %s: this kubelet has no such volumes", m.Name)
		}
		if m.ReadOnly {
			if err := os.Chmod(dir, 0o555); err != nil {
				return err
			}
		}
	}
	if *c.SecurityContext.ReadOnlyRootFilesystem {
		return os.Chmod(root, 0o555)
	}
	return nil
}

func (k *kubelet) configMap(name, dir string) error {
	m, err := k.client.CoreV1().ConfigMaps(k.namespace).Get(k.ctx, name, metav1.GetOptions{})
	if err != nil {
		return err
	}
	for file, text := range m.Data {
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, file), []byte(text), 0o444))
	}
	for file, data := range m.BinaryData {
		err = errors.Join(err, os.WriteFile(filepath.Join(dir, file), data, 0o444))
	}
	return err
}

// env are a container's variables; those that refer to a secret or to the pod's own fields are looked up.
func (k *kubelet) env(pod *corev1.Pod) (out []string, err error) {
	for _, v := range pod.Spec.Containers[0].Env {
		value := v.Value
		switch from := v.ValueFrom; {
		case from == nil:
		case from.SecretKeyRef != nil:
			s, err := k.client.CoreV1().Secrets(k.namespace).Get(k.ctx, from.SecretKeyRef.Name, metav1.GetOptions{})
			if err != nil {
				return nil, err
			}
			value = string(s.Data[from.SecretKeyRef.Key])
		case from.FieldRef != nil:
			if value, err = field(pod, from.FieldRef.FieldPath); err != nil {
				return nil, err
			}
		default:
			return nil, fmt.Errorf("variable %s: this kubelet has no such source", v.Name)
		}
		out = append(out, v.Name+"="+value)
	}
	return out, nil
}

// field is what the downward API gives for a label or annotation.
func field(pod *corev1.Pod, path string) (string, error) {
	for of, values := range map[string]map[string]string{"labels": pod.Labels, "annotations": pod.Annotations} {
		if key, ok := strings.CutPrefix(path, "metadata."+of+"['"); ok {
			return values[strings.TrimSuffix(key, "']")], nil
		}
	}
	return "", fmt.Errorf("field %s: this kubelet knows labels and annotations", path)
}

// name gives every pod a name in all pods' hosts, where a headless Service gives it one.
func (k *kubelet) name() error {
	services, err := k.client.CoreV1().Services(k.namespace).List(k.ctx, metav1.ListOptions{})
	if err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	hosts := "127.0.0.1 localhost\n"
	for _, s := range services.Items {
		for host, c := range k.pods {
			if s.Name == c.pod.Spec.Subdomain && s.Spec.ClusterIP == corev1.ClusterIPNone &&
				s.Spec.PublishNotReadyAddresses && labels.SelectorFromSet(s.Spec.Selector).Matches(labels.Set(c.pod.Labels)) {
				hosts += "127.0.0.1 " + host + "." + s.Name + "\n"
			}
		}
	}
	for _, c := range k.pods {
		err = errors.Join(err, os.WriteFile(filepath.Join(c.root, "etc", "hosts"), []byte(hosts), 0o644))
	}
	return err
}

// ended is the status of a pod whose container has.
func ended(state *os.ProcessState, began metav1.Time) corev1.PodStatus {
	phase, code, reason := corev1.PodSucceeded, int32(state.ExitCode()), "Completed"
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		code = 128 + int32(status.Signal())
	}
	if code != 0 {
		phase, reason = corev1.PodFailed, "Error"
	}
	return corev1.PodStatus{Phase: phase, ContainerStatuses: []corev1.ContainerStatus{{Name: "loadgen",
		State: corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{ExitCode: code, Reason: reason,
			StartedAt: began, FinishedAt: metav1.Now()}}}}}
}

func (k *kubelet) report(pod string, status corev1.PodStatus) error {
	patch, err := json.Marshal(map[string]any{"status": map[string]any{"phase": status.Phase,
		"containerStatuses": status.ContainerStatuses}})
	if err != nil {
		return err
	}
	_, err = k.client.CoreV1().Pods(k.namespace).Patch(k.ctx, pod, types.MergePatchType, patch, metav1.PatchOptions{},
		"status")
	return err
}
