# Rondo's front door: `make run`, `make test`. Both install what they need and work twice.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

.PHONY: help test lint test-rust
help: ## what can be made
	@grep -E '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort

test: lint test-rust ## everything that must pass

lint:
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- -D warnings

test-rust:
	cargo test --locked --workspace
