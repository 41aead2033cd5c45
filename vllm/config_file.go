package vllm

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// configMost bounds a config.json, bytes: lists of modules make some long.
const configMost = 8 << 20

// LoadConfig reads a model's config.json: the file itself, a directory with it, or a Hugging Face cache, in which the
// model's repository is looked up. Nothing is fetched. The error names the file's fault.
func LoadConfig(path, repository string) (Config, error) {
	file, err := configFile(path, repository)
	if err != nil {
		return nil, err
	}
	raw, err := readBounded(file)
	if err != nil {
		return nil, err
	}
	c, err := ReadConfig(raw)
	switch {
	case err != nil && filepath.Base(file) == filepath.Base(path): // the caller named it
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("%s: %w", filepath.Base(file), err)
	}
	c.addQuant(filepath.Join(filepath.Dir(file), "hf_quant_config.json"))
	return c, nil
}

func readBounded(file string) ([]byte, error) {
	info, err := os.Stat(file)
	switch {
	case err != nil:
		return nil, errors.New("no such file")
	case !info.Mode().IsRegular() || info.Size() > configMost:
		return nil, fmt.Errorf("expected a file of at most %d MiB", configMost>>20)
	}
	raw, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrPermission) {
		return nil, errors.New("it may not be read")
	}
	return raw, err
}

// configFile finds the config.json that a path stands for.
func configFile(path, repository string) (string, error) {
	if home, ok := strings.CutPrefix(path, "~/"); ok {
		if dir, err := os.UserHomeDir(); err == nil {
			path = filepath.Join(dir, home)
		}
	}
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", errors.New("no such file or directory")
	case !info.IsDir():
		return path, nil
	}
	cached := "models--" + strings.ReplaceAll(repository, "/", "--")
	for _, dir := range []string{path, filepath.Join(path, cached), filepath.Join(path, "hub", cached)} {
		if file := filepath.Join(dir, "config.json"); exists(file) {
			return file, nil
		}
		if file := snapshot(dir); file != "" {
			return file, nil
		}
	}
	return "", fmt.Errorf("the directory has no config.json, nor is it a Hugging Face cache with %s", repository)
}

// snapshot is the config.json of a repository in a Hugging Face cache: of the revision that main stands for, else of
// the only one.
func snapshot(dir string) string {
	if rev, err := os.ReadFile(filepath.Join(dir, "refs", "main")); err == nil {
		if file := filepath.Join(dir, "snapshots", strings.TrimSpace(string(rev)),
			"config.json"); filepath.IsLocal(strings.TrimSpace(string(rev))) && exists(file) {
			return file
		}
	}
	if found, _ := filepath.Glob(filepath.Join(dir, "snapshots", "*", "config.json")); len(found) == 1 {
		return found[0]
	}
	return ""
}

func exists(file string) bool {
	_, err := os.Stat(file)
	return err == nil
}

// CachedConfig is the config.json of a repository in this host's Hugging Face cache (HF_HUB_CACHE, HF_HOME,
// ~/.cache/huggingface), if it is there and can be read.
func CachedConfig(repository string) (Config, bool) {
	if strings.Count(repository, "/") != 1 {
		return nil, false
	}
	home, _ := os.UserHomeDir()
	for _, dir := range []string{os.Getenv("HF_HUB_CACHE"), os.Getenv("HF_HOME"),
		filepath.Join(home, ".cache", "huggingface")} {
		if dir == "" || !exists(dir) {
			continue
		}
		if c, err := LoadConfig(dir, repository); err == nil {
			return c, true
		}
	}
	return nil, false
}

// addQuant takes the format from the file that ModelOpt writes beside a config.json, where that tells none.
func (c Config) addQuant(file string) {
	raw, err := readBounded(file)
	if err != nil || c["quantization_config"] != nil {
		return
	}
	var beside struct{ Quantization map[string]any }
	if json.Unmarshal(raw, &beside) == nil && beside.Quantization != nil {
		beside.Quantization["quant_method"] = "modelopt"
		c["quantization_config"] = map[string]any(Config(beside.Quantization).trimmed())
	}
}
