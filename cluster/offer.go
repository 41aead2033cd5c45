package cluster

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"loadgen/results"
	"loadgen/scenarios"
)

// Offer keeps a run at the rendezvous until somebody has fetched it, or for so long: what a pod measured ends with it.
func Offer(ctx context.Context, at, token, dir string, keep time.Duration) error {
	where, err := ReadURL(at, scenarios.Shard{Index: 1, Of: 1})
	if err != nil {
		return err
	}
	l, err := listen(where, 1)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, keep)
	defer cancel()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/run", func(w http.ResponseWriter, _ *http.Request) {
		t := tar.NewWriter(w)
		if errors.Join(t.AddFS(os.DirFS(dir)), t.Close()) != nil {
			panic(http.ErrAbortHandler) // the other side sees that it is not whole
		}
	})
	fetched := sync.OnceFunc(cancel)
	mux.HandleFunc("POST /v1/fetched", func(http.ResponseWriter, *http.Request) { fetched() })
	h := &host{token: tokenHash(token)}
	h.server = &http.Server{Handler: h.only(mux), ReadHeaderTimeout: 5 * time.Second, MaxHeaderBytes: 16 << 10}
	go func() { _ = h.server.Serve(l) }()
	<-ctx.Done()
	last, stop := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer stop()
	return errors.Join(h.server.Shutdown(last), h.server.Close())
}

// Fetch writes the run that is offered at a URL into a new directory, and ends the offer. It waits so long for one.
func Fetch(ctx context.Context, at, token, dir string, wait time.Duration) error {
	if _, err := os.Stat(dir); err == nil {
		return fmt.Errorf("%s is there already", dir)
	}
	c := &Client{o: Options{URL: at, Token: token},
		http: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}}
	partial := beside(dir, "partial")
	if err := errors.Join(os.RemoveAll(partial), os.MkdirAll(partial, 0o777)); err != nil {
		return err
	}
	err := c.fetch(ctx, partial)
	for end := time.Now().Add(wait); errors.Is(err, errNotOffered) && time.Now().Before(end) && ctx.Err() == nil; {
		pause(ctx, 500*time.Millisecond)
		err = c.fetch(ctx, partial)
	}
	if err == nil {
		_, err = results.Open(partial)
	}
	if err == nil {
		err = os.Rename(partial, dir)
	}
	if err != nil {
		return errors.Join(err, os.RemoveAll(partial))
	}
	_, _, err = c.send(ctx, http.MethodPost, "/v1/fetched", nil)
	return err
}

var errNotOffered = errors.New("no run is offered there; the load may still be played")

func (c *Client) fetch(ctx context.Context, dir string) error {
	a, err := c.open(ctx, http.MethodGet, "/v1/run", nil)
	if err != nil {
		return fmt.Errorf("%w: %w", errNotOffered, err)
	}
	defer a.Body.Close()
	if a.StatusCode == http.StatusUnauthorized {
		return errors.New("the token is not that of these clients")
	}
	if a.StatusCode != http.StatusOK {
		return fmt.Errorf("%w (HTTP %d)", errNotOffered, a.StatusCode)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	for t := tar.NewReader(a.Body); ; {
		h, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := unpack(root, h, t); err != nil {
			return err
		}
	}
}

// unpack writes one file; no name leads out of the directory.
func unpack(root *os.Root, h *tar.Header, from io.Reader) error {
	switch h.Typeflag {
	case tar.TypeDir:
		return root.MkdirAll(strings.TrimSuffix(h.Name, "/"), 0o777)
	case tar.TypeReg:
		if err := root.MkdirAll(filepath.Dir(h.Name), 0o777); err != nil {
			return err
		}
		f, err := root.Create(h.Name)
		if err != nil {
			return err
		}
		_, err = io.Copy(f, from)
		return errors.Join(err, f.Close())
	}
	return fmt.Errorf("%s is no file", h.Name)
}
