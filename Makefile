# Two commands for everybody: `make demo` and `make test`. Both set up what they need first.

SHELL := /bin/bash
PYTHON ?= python3
# Where Python is told to write no bytecode, each of some hundred commands compiles the project.
export PYTHONDONTWRITEBYTECODE :=
BIN := .venv/bin

.PHONY: setup demo test check mutations simulate kills bench resume bench-matching lock clean

setup: .venv/ready

.venv/ready: requirements.lock pyproject.toml deploy/setup
	@PYTHON=$(PYTHON) bash deploy/setup
	@touch $@

demo: setup
	@$(BIN)/python -m deploy.demo $(if $(ONCE),--once) $(if $(CSV),--csv "$(CSV)") $(if $(SEED),--seed $(SEED)) $(if $(ROWS),--rows $(ROWS))

# One more at once than there are cores; what shares a set-up is run by one (tests/conftest.py).
test: setup check
	@$(BIN)/pytest -n auto --dist loadfile --no-loadscope-reorder

check: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

# Each protection broken in turn, in a copy: the tests that are named for it must fail.
mutations: setup
	@$(BIN)/python -m tests.mutations

# Random lists of operations and faults, many more than `make test` draws: N of them, about an hour.
simulate: setup
	@WHOELSE_SIMULATIONS=$(or $(N),2000) $(BIN)/pytest tests/federation/test_random.py

# A node killed at each commit point, before and after it: twice what `make test` has, six minutes.
kills: setup
	@WHOELSE_KILLS=all $(BIN)/pytest -n auto --dist loadfile tests/durability -k killed

# Speed and memory against their bars, on a machine that does nothing else: a quarter of an hour.
bench: setup
	@$(BIN)/python -m tests.bench

# An import of ROWS rows killed three times on its way, against one that is not.
resume: setup
	@$(BIN)/python -m tests.durability.resuming $(or $(ROWS),5000)

# How well children are found, beside other methods on the same data, and how many strangers a
# question meets in a nation of 11 million, against the bars: in an environment of its own, about
# six minutes once that is there. PARTS=cohort is the nation alone, three minutes; with
# PARTS=cohort-all-seeds it is made of all ten seeds, five minutes.
bench-matching: .venv-matching/ready
	@TQDM_DISABLE=1 .venv-matching/bin/python -m tests.bench_matching $(PARTS)

.venv-matching/ready: tests/bench_matching/requirements.lock
	@$(PYTHON) -m venv .venv-matching
	@.venv-matching/bin/python -m pip install --quiet --require-hashes -r $<
	@touch $@

lock: setup
	@$(BIN)/pip-compile -q --extra dev --generate-hashes --allow-unsafe --strip-extras --no-header \
		--no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
		-o requirements.lock pyproject.toml
	@$(BIN)/pip-compile -q --generate-hashes --allow-unsafe --strip-extras --no-header \
		--no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
		-o tests/bench_matching/requirements.lock tests/bench_matching/requirements.in

clean:
	rm -rf .venv .venv-matching demo-federation
