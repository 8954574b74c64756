# Every command of the project. `make` alone explains them.
#
# PYTHON   the interpreter that the environments are made with (3.11 or newer)
# ARGS     handed on: to pytest by `test`, to the command itself by `run`, `demo`, `bench` …
# WORKERS  test processes; empty: one, in which the suite's order and timings are the most repeatable

PYTHON ?= python3
ARGS ?=
PYTEST_ARGS ?=
WORKERS ?=

# The environments are made by the scripts from $(PYTHON); these two are what they leave behind.
DESK := .venv/bin/sentinel-desk
DEV := .venv-dev/bin/python

export PYTHON

.DEFAULT_GOAL := help
.PHONY: help run demo setup test check mutants format bench soak screenshots lock setup-dev clean

help: ## explain each of these targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{ printf "%-20s %s\n", $$1, $$2 }'

run: setup ## set everything up and start the desk with its local workspace (DESK_PORT=8080)
	@exec $(DESK) quickstart --data .desk $(ARGS)

demo: setup ## watch three requests go from agents to people and back
	@exec $(DESK) demo $(ARGS)

setup: ## make .venv, with the sentinel-desk command in it
	@sh scripts/setup-runtime.sh

test: setup-dev ## run the tests (ARGS='-k routing' picks some, WORKERS=2 runs two processes)
	@exec $(DEV) -m pytest -rs $(if $(WORKERS),-n $(WORKERS)) $(PYTEST_ARGS) $(ARGS)

check: setup-dev ## lint, formatting, types, import fences and the repository's own rules
	@sh scripts/check.sh

mutants: setup-dev ## put known bugs back one by one: each must turn a test red (ARGS='M-5 M-7' picks some)
	@exec $(DEV) -m tests.mutants $(ARGS)

format: setup-dev ## let ruff lay out the code and mend what it can
	@$(DEV) -m ruff check --fix --quiet . ; $(DEV) -m ruff format .

bench: setup-dev ## measure it, each figure beside something named
	@exec $(DEV) -m bench $(ARGS)

soak: setup-dev ## measure what is promised under trouble, for an hour (SOAK_MINUTES=10, ARGS='expiry slow')
	@exec $(DEV) -m bench.soak $(ARGS)

screenshots: setup-dev ## make the pictures in docs/assets anew
	@SCREENSHOTS=1 exec $(DEV) -m pytest -q -m browser tests/journeys tests/screens $(ARGS)

lock: ## choose the newest versions and write both lock files anew
	@sh scripts/lock.sh

setup-dev: ## make .venv-dev, in which tests and checks run
	@sh scripts/setup-dev.sh

clean: ## remove what was made, except the desk's data in .desk
	@sh scripts/clean.sh
