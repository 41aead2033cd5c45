# Everything a newcomer needs: `make demo` and `make test`. Both need Go and make, nothing else.
export CGO_ENABLED = 0
GO ?= go

.PHONY: demo test build race fuzz crash chaos cluster cluster-api soak bench bench-analysis studies mutants findings accessible dist systems lint linters rename clean

demo: build ## the main job on simulated servers, in virtual time
	./bin/loadgen demo

test: ## every test; at most 3 minutes on two cores
	$(GO) vet ./...
	$(GO) test -vet=off ./... # all that it would look for, vet has

build:
	$(GO) build -trimpath -o bin/loadgen ./cmd/loadgen

race: ## the wall path under the race detector; needs a C compiler
	CGO_ENABLED=1 $(GO) test -race ./clock/... ./endpoint/... ./generator/... ./telemetry/... ./simulator

FUZZTIME ?= 60s
fuzz: ## each fuzzed leaf for FUZZTIME
	@set -e; for f in $$(grep -rl --include='*_test.go' '^func Fuzz' . ); do \
		for name in $$(sed -n 's/^func \(Fuzz[A-Za-z0-9]*\).*/\1/p' $$f); do \
			echo "$$(dirname $$f) $$name"; $(GO) test -run '^$$' -fuzz "^$$name$$" -fuzztime $(FUZZTIME) ./$$(dirname $$f); \
		done; \
	done

LIVES ?= 200
crash: ## kill a writer LIVES times at random moments and look for what is lost; some five minutes
	LOADGEN_TEST_LIVES=$(LIVES) $(GO) test -count=1 -timeout 30m -run '^TestNoKillCostsAStep$$' ./results

chaos: ## LIVES kills of writers and mergers and 10 × LIVES damages of a run directory; some fifteen minutes
	LOADGEN_TEST_LIVES=$(LIVES) $(GO) test -count=1 -timeout 60m -run '^(TestNoKill|TestNoDamage)' ./results

cluster: ## clients of one load on this host: arrivals, a search, 50 kills, the first of 100; some twenty minutes
	LOADGEN_TEST_CLUSTER=1 $(GO) test -count=1 -timeout 60m -v -run '^(TestTheFirstClientIsIdle|TestProcessesKeepOneSchedule|TestProcessesFindOneLoad|TestNoKillCostsAnAcknowledgedStep)$$' ./cluster ./cmd/loadgen

cluster-api: ## the manifest in a real control plane (etcd, API server, Job controller) in one process, a pod killed; Linux; it builds long
	cd test/cluster && $(GO) test -vet=off -count=1 -v -timeout 20m .

REQUESTS ?= 10000000
soak: ## REQUESTS of 100 tokens recorded, judged and reported in 1.5 GB at most; some ten minutes and 4 GB of disk
	LOADGEN_SOAK=$(REQUESTS) $(GO) test -count=1 -timeout 60m -v -run '^TestSoak$$' ./cmd/loadgen

# The client on core 0, the null server on the highest one; run it on a machine that does nothing else.
PIN ?= $(if $(shell command -v taskset),taskset -c 0,)
bench: build ## speed and memory against our null server and vegeta, into docs/benchmarks.md; some eight minutes
	$(GO) test -c -o bin/bench.test ./cmd/loadgen
	cd cmd/loadgen && BENCH_DOC=../../docs/benchmarks.md BENCH_PROGRAM=$(CURDIR)/bin/loadgen $(PIN) ../../bin/bench.test -test.run '^TestBenchmarks$$' -test.v -test.timeout 30m

# BASE=PROGRAM, and BASE_RUN=RUN of as many requests where it reads another format, to compare with.
bench-analysis: build ## what reading back costs, into docs/benchmarks.md; some four minutes
	$(GO) test -c -o bin/bench.test ./cmd/loadgen
	cd cmd/loadgen && BENCH_ANALYSIS=1000000 BENCH_DOC=../../docs/benchmarks.md BENCH_PROGRAM=$(CURDIR)/bin/loadgen ../../bin/bench.test -test.run '^TestBenchAnalysis$$' -test.v -test.timeout 60m

N ?= 60
# LOADGEN_KEEP=DIR keeps plays and truths there, so that another build is judged by the same ones.
studies: ## N random deployments on servers whose coefficients are not ours: advice and held load against brute force, and the long plays that make test leaves out; some 40 minutes on two cores
	LOADGEN_STUDIES=$(N) $(GO) test -count=1 -timeout 5h -v -run '(Study|Oracle|QuantisedModels)$$' ./studies ./rehearsal

GREMLINS = github.com/go-gremlins/gremlins/cmd/gremlins@v0.6.0
# gremlins calls conditions of a switch's cases not covered, and leaves them out.
mutants: export GOFLAGS = -vet=off
mutants: ## what tests do not notice in the comparison and in advice's bottlenecks: 75 % must be killed; some 20 minutes, alone on the machine
	$(GO) run $(GREMLINS) unleash ./analysis -E '^[^c]' -E '^c[^o]' --threshold-efficacy 75 --timeout-coefficient 20
	$(GO) run $(GREMLINS) unleash ./advice -E '^[^b]' --threshold-efficacy 75 --timeout-coefficient 20

findings: ## what surprised in others' tools still does; needs the network, Python and minutes
	@set -e; for f in findings/*.sh; do echo "$$f"; bash $$f; done

accessible: ## the report's page by axe-core, WCAG 2 A and AA, in headless Chromium; needs npm
	dir=$$(mktemp -d) && npm install --silent --no-save --prefix $$dir axe-core && \
		LOADGEN_AXE=$$dir/node_modules/axe-core/axe.min.js $(GO) test -count=1 -v -run '^TestAccessible$$' ./reports; code=$$?; rm -rf $$dir; exit $$code

DIST = linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64
dist: ## static binaries for every system in bin/dist, with their checksums
	rm -rf bin/dist && mkdir -p bin/dist
	@set -e; for target in $(DIST); do os=$${target%/*}; arch=$${target#*/}; ext=; [ $$os = windows ] && ext=.exe; \
		echo $$target; GOOS=$$os GOARCH=$$arch $(GO) build -trimpath -ldflags '-s -w' -o bin/dist/loadgen-$$os-$$arch$$ext ./cmd/loadgen; \
	done
	cd bin/dist && sha256sum loadgen-* >SHA256SUMS

systems: ## it builds elsewhere than on Linux
	GOOS=darwin GOARCH=arm64 $(GO) build -o /dev/null ./cmd/loadgen
	GOOS=windows GOARCH=amd64 $(GO) build -o /dev/null ./cmd/loadgen

LINTERS = honnef.co/go/tools/cmd/staticcheck@v0.8.2 github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
lint: ## gofmt, vet, and staticcheck and golangci-lint where they are installed (make linters)
	test -z "$$(gofmt -l .)"
	$(GO) vet ./...
	@for tool in 'staticcheck' 'golangci-lint run'; do \
		if command -v $${tool%% *} >/dev/null; then echo "$$tool ./..."; $$tool ./... || exit 1; else echo "$$tool: not installed, skipped"; fi; \
	done

linters: ## the versions that CI runs, into GOBIN; golangci-lint builds for some two minutes
	@set -e; for tool in $(LINTERS); do echo $$tool; $(GO) install $$tool; done

clean:
	rm -rf bin

rename: ## MODULE=example.org/you/loadgen: the module's name, for whoever publishes it; then make test
	@test -n "$(MODULE)" || { echo 'make rename MODULE=example.org/you/loadgen' >&2; exit 2; }
	$(GO) mod edit -module $(MODULE)
	grep -rl --include='*.go' '"loadgen/' . | xargs sed -i.renamed 's#"loadgen/#"$(MODULE)/#'
	find . -name '*.go.renamed' -delete
	$(GO) fmt ./... >/dev/null
