#!/usr/bin/env bash
# sigs.k8s.io/yaml 1.6.0: UnmarshalStrict lets keys through that the API server does not know.
#
# It is what reads manifests into the types of k8s.io/api 0.37.2, and strict is "no fields that are not in the object", so
# one guesses that a manifest which a test reads so is one that a cluster takes as meant. But it matches keys whatever their
# case, as encoding/json does. The API server's own decoder does not: told to be strict it refuses `completionmode`, and told
# nothing it drops it, without a word, so that a Job of four numbered clients becomes one of four without numbers.
set -euo pipefail
dir=$(mktemp -d)
trap 'chmod -R u+w "$dir"; rm -rf "$dir"' EXIT
cat >"$dir/main.go" <<'GO'
package main

import (
	"fmt"

	batchv1 "k8s.io/api/batch/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer/json"
	"sigs.k8s.io/yaml"
)

const job = `apiVersion: batch/v1
kind: Job
metadata: {name: j}
spec:
  completionmode: Indexed
  completions: 4
  template: {spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}
`

func main() {
	var j batchv1.Job
	err := yaml.UnmarshalStrict([]byte(job), &j)
	fmt.Println("sigs.k8s.io/yaml, strict:", *j.Spec.CompletionMode, err)
	scheme := runtime.NewScheme()
	_ = batchv1.AddToScheme(scheme)
	for _, strict := range []bool{true, false} {
		o := json.SerializerOptions{Yaml: true, Strict: strict}
		got, _, err := json.NewSerializerWithOptions(json.DefaultMetaFactory, scheme, scheme, o).Decode([]byte(job), nil, nil)
		fmt.Printf("the API server's, strict %v: %v %v\n", strict, got.(*batchv1.Job).Spec.CompletionMode, err)
	}
}
GO
cd "$dir"
export GOFLAGS=-mod=mod
go mod init finding 2>/dev/null
go get k8s.io/api@v0.37.2 k8s.io/apimachinery@v0.37.2 sigs.k8s.io/yaml@v1.6.0 2>/dev/null
got=$(go run . 2>/dev/null)
echo "$got"
[ "$got" = 'sigs.k8s.io/yaml, strict: Indexed <nil>
the API server'"'"'s, strict true: <nil> strict decoding error: unknown field "spec.completionmode"
the API server'"'"'s, strict false: <nil> <nil>' ] || { echo 'keys are compared in another way now' >&2; exit 1; }
