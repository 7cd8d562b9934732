# Two commands for everybody: `make demo` and `make test`. Both set up what they need first.

SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin

.PHONY: setup demo test check mutations lock clean

setup: .venv/ready

.venv/ready: requirements.lock pyproject.toml deploy/setup
	@PYTHON=$(PYTHON) bash deploy/setup
	@touch $@

demo: setup
	@$(BIN)/python -m deploy.demo $(if $(ONCE),--once) $(if $(CSV),--csv "$(CSV)") $(if $(SEED),--seed $(SEED))

test: setup check
	@$(BIN)/pytest

check: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

# Each protection broken in turn, in a copy: the tests that are named for it must fail.
mutations: setup
	@$(BIN)/python -m tests.mutations

lock: setup
	@$(BIN)/pip-compile -q --extra dev --generate-hashes --allow-unsafe --strip-extras --no-header \
		--no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
		-o requirements.lock pyproject.toml

clean:
	rm -rf .venv demo-federation
