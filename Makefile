# Everything a contributor runs; `make` alone lists it.
.DEFAULT_GOAL := help
.PHONY: help build run demo test fmt clippy doc generate clean bench fuzz docker-build docker-run ci

CARGO ?= cargo
IMAGE ?= labtower:latest
ARGS ?=

help: ## List the targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

build: ## Build the release binary, target/release/labtower
	$(CARGO) build --release --locked

run: ## Show labtower on a simulated GitLab; ARGS="--port 4000" is passed on
	$(CARGO) run --release --locked -- demo $(ARGS)

demo: run ## The same as run

test: ## Run every test
	$(CARGO) test --workspace --locked

fmt: ## Format the code
	$(CARGO) fmt --all

clippy: ## Lint, with warnings denied as in CI
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings

doc: ## Build the code documentation, private items included
	RUSTDOCFLAGS="-D warnings -A rustdoc::private_intra_doc_links" $(CARGO) doc --workspace --no-deps --document-private-items --locked

generate: ## Rewrite the generated pages, dashboards and the example configuration
	LABTOWER_UPDATE=1 $(CARGO) test --workspace --locked --test it --test catalogue docs

bench: ## Run all benchmarks and write their table; ARGS="api --only trend" names one and its options
	$(CARGO) build --profile perf --locked -p labtower-cli -p labtower-bench
	target/perf/labtower-bench $(if $(ARGS),$(ARGS),all --binary target/perf/labtower --table docs/performance.md)

fuzz: ## Fuzz with coverage; TARGET=trace names the target, ARGS="-max_total_time=600" is passed to libFuzzer
	fuzz/run $(TARGET) $(ARGS)

clean: ## Remove what was built
	$(CARGO) clean

docker-build: ## Build the image
	docker build -t $(IMAGE) .

docker-run: ## Run the image with ./config.toml and a volume for the data
	docker run --rm --name labtower -p 3000:3000 -e GITLAB_URL -e GITLAB_TOKEN \
		-v "$(CURDIR)/config.toml:/etc/labtower/config.toml:ro" -e LABTOWER_CONFIG=/etc/labtower/config.toml \
		-v labtower-data:/data $(IMAGE)

ci: ## What the continuous integration runs
	.ci/run
