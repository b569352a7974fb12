.PHONY: demo test test-long bench fuzz soak docs fmt lint setup kubectl-plugin

demo: setup ## serve the examples in a real Envoy and show who answers
	scripts/demo

test: setup ## every test
	cargo test --workspace

test-long: setup ## every test, the property tests with their full number of cases
	KGWC_PROPERTY_CASES=100000 cargo test --workspace

PART ?=

bench: setup ## what routes cost, as a page of the book: all, one part (PART=envoy), or the page anew (PART=report)
	cargo build --release --package kgwc-bench
	target/release/kgwc-bench $(if $(filter report,$(PART)),--report-only,$(PART))

TARGET ?= requests

fuzz: ## one target of fuzz/, guided by coverage: make fuzz TARGET=requests SECONDS=60
	scripts/fuzz "$(TARGET)" "$(or $(SECONDS),60)"

soak: setup ## the module in Envoy under load, reloads and attacks: ten minutes, or SECONDS=60
	KGWC_SOAK_SECONDS="$(or $(SECONDS),600)" cargo test --workspace --test envoy soak \
		-- --nocapture

BIN ?= $(HOME)/.local/bin

kubectl-plugin: ## kgwc as `kubectl kgwc`: a link in the folder BIN, which has to be on the PATH
	cargo build --package kgwc
	mkdir -p "$(BIN)"
	ln -sf "$(CURDIR)/target/debug/kgwc" "$(BIN)/kubectl-kgwc"

docs: ## the book, as pages in target/book; needs mdbook
	@command -v mdbook > /dev/null || { echo 'mdbook is missing: cargo install mdbook' >&2; exit 1; }
	mdbook build docs
	@echo 'open target/book/index.html'

fmt: ## format all code
	cargo fmt --all

lint: ## what has to be clean before a commit
	cargo fmt --all -- --check
	cargo clippy --workspace --all-targets -- -D warnings

setup: ## the Wasm target, the module and Envoy, where they are missing
	scripts/setup
