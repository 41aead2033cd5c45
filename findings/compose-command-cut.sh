#!/usr/bin/env bash
# compose-go 2.16.2 (the loader of Docker Compose): a command string ends at the first | ; & < or >, without a word.
#
# Compose does not run `command:` in a shell, so one guesses that | and what follows are passed on as arguments, which the
# server then refuses by name. They are dropped: the server starts, without every flag that stands behind. Here --port 9000
# is lost behind a pipe, and half of a model's name behind a semicolon. As a YAML list the same words all arrive.
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cat >"$dir/compose.yaml" <<'YAML'
services:
  a: {image: vllm/vllm-openai, command: "--model m | tee log --port 9000"}
  b: {image: vllm/vllm-openai, command: "--served-model-name one;two --port 9000"}
  c: {image: vllm/vllm-openai, command: [--model, m, "|", --port, "9000"]}
YAML
cat >"$dir/main.go" <<'GO'
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
)

func main() {
	data, err := os.ReadFile("compose.yaml")
	if err != nil {
		panic(err)
	}
	details := types.ConfigDetails{ConfigFiles: []types.ConfigFile{{Filename: "compose.yaml", Content: data}}}
	project, err := loader.LoadWithContext(context.Background(), details, func(o *loader.Options) {
		o.SetProjectName("finding", true)
	})
	if err != nil {
		panic(err)
	}
	for _, name := range []string{"a", "b", "c"} {
		fmt.Println(project.Services[name].Command)
	}
}
GO
cd "$dir"
go mod init finding 2>/dev/null
go get github.com/compose-spec/compose-go/v2@v2.16.2 2>/dev/null
go mod tidy 2>/dev/null
said=$(go run .)
echo "$said"
[ "$said" = "[--model m]
[--served-model-name one]
[--model m | --port 9000]" ] || { echo "it was [--model m], [--served-model-name one], [--model m | --port 9000]" >&2; exit 1; }
echo "as found: what follows | or ; in a string is dropped"
