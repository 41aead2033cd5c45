package cluster

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/spf13/pflag"
	"go.etcd.io/etcd/server/v3/embed"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
	"k8s.io/kubernetes/cmd/kube-apiserver/app/options"
	"k8s.io/kubernetes/pkg/controller/job"
)

// Ports are fixed, since the network has nothing else in it.
const (
	etcdURL    = "http://127.0.0.1:2379"
	serverPort = "6443"
	adminToken = "admin"
)

// controlPlane starts etcd, the API server with its usual admission, and the Job controller, and returns a client of
// theirs.
func controlPlane(t *testing.T) *kubernetes.Clientset {
	t.Helper()
	klog.LogToStderr(false)
	klog.SetOutput(io.Discard)
	startEtcd(t)
	ctx, cancel := context.WithCancel(context.Background())
	ended := startServer(t, ctx)
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	client := kubernetes.NewForConfigOrDie(&rest.Config{Host: "https://127.0.0.1:" + serverPort, BearerToken: adminToken,
		QPS: 100, Burst: 100, TLSClientConfig: rest.TLSClientConfig{Insecure: true}})
	eventually(t, "the API server is ready", func() bool {
		select {
		case <-ended:
			t.Fatal("the API server has ended")
		default:
		}
		return client.RESTClient().Get().AbsPath("/readyz").Do(ctx).Error() == nil
	})
	shared := informers.NewSharedInformerFactory(client, 0)
	jobs, err := job.NewController(ctx, client, shared.Core().V1().Pods(), shared.Batch().V1().Jobs(),
		shared.Scheduling().V1beta1().Workloads(), shared.Scheduling().V1beta1().PodGroups())
	if err != nil {
		t.Fatal(err)
	}
	shared.Start(ctx.Done())
	go jobs.Run(ctx, 1)
	return client
}

func startEtcd(t *testing.T) {
	t.Helper()
	c := embed.NewConfig()
	c.Dir, c.LogLevel, c.UnsafeNoFsync = t.TempDir(), "fatal", true
	at, err := url.Parse(etcdURL)
	if err != nil {
		t.Fatal(err)
	}
	c.ListenClientUrls, c.AdvertiseClientUrls = []url.URL{*at}, []url.URL{*at}
	e, err := embed.StartEtcd(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	select {
	case <-e.Server.ReadyNotify():
	case <-time.After(patience):
		t.Fatal("etcd is not ready")
	}
}

// startServer starts the API server; the channel is closed when it has ended.
func startServer(t *testing.T, ctx context.Context) <-chan struct{} {
	t.Helper()
	dir := t.TempDir()
	key := filepath.Join(dir, "accounts.key")
	writeKey(t, key)
	tokens := filepath.Join(dir, "tokens.csv")
	if err := os.WriteFile(tokens, []byte(adminToken+",admin,admin,system:masters\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	o := options.NewServerRunOptions()
	flags := pflag.NewFlagSet("", pflag.ContinueOnError)
	for _, set := range o.Flags().FlagSets {
		flags.AddFlagSet(set)
	}
	err := flags.Parse([]string{"--etcd-servers=" + etcdURL, "--bind-address=127.0.0.1", "--secure-port=" + serverPort,
		"--cert-dir=" + dir, "--token-auth-file=" + tokens, "--authorization-mode=RBAC",
		"--service-account-issuer=https://loadgen.test", "--service-account-signing-key-file=" + key,
		"--service-account-key-file=" + key, "--service-cluster-ip-range=10.0.0.0/24",
		"--endpoint-reconciler-type=none"})
	if err != nil {
		t.Fatal(err)
	}
	o.SecureServing.ExternalAddress = net.IPv4(127, 0, 0, 1) // there is no other
	if err := o.GenericServerRunOptions.ComponentGlobalsRegistry.Set(); err != nil {
		t.Fatal(err)
	}
	completed, err := o.Complete(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if errs := completed.Validate(); len(errs) > 0 {
		t.Fatal(errs)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := app.Run(ctx, completed); err != nil && ctx.Err() == nil {
			t.Error(err)
		}
	}()
	return ended
}

// writeKey writes a key that signs tokens of service accounts, of which no pod of ours has one.
func writeKey(t *testing.T, path string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	block := pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der})
	if err := os.WriteFile(path, block, 0o600); err != nil {
		t.Fatal(err)
	}
}
