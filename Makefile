# Everything starts from .venv, which `make setup` builds from the lock file. Needs make and Python 3.11 or newer.
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.complete
CODE := api push dashboard sdk_contracts tests

.PHONY: setup up test lint check audit audit-if-possible bench fmt lock schemas clean

setup: $(STAMP)

$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Fanfare needs Python 3.11 or newer: make setup PYTHON=/path/to/python3.12"; exit 1; }
	@rm -f $@
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing the locked packages into .venv (a minute or two the first time) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
	@echo "Ready: make up"

up: setup
	$(BIN)/fanfare up --demo

# By file: the tests of a file share their engine. (xdist's loadgroup does nothing under pytest 9.2.)
test: setup
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder

lint: setup
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports

check: lint audit-if-possible test

# Known vulnerabilities in the lock. Fails also where nobody can be asked for them, which `check` lets pass.
audit: setup
	$(BIN)/python -m tests.audit

audit-if-possible: setup
	$(BIN)/python -m tests.audit --if-possible

bench: setup
	$(BIN)/python -m tests.bench $(BENCH)

fmt: setup
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

# The locks name no registry: pip takes the machine's own.
COMPILE := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url $(UPGRADE) --custom-compile-command "make lock"

# `make lock UPGRADE=--upgrade` moves every pin forward.
lock: setup
	$(COMPILE) --all-extras --output-file requirements.lock
	$(COMPILE) --constraint requirements.lock --output-file requirements-production.lock

schemas: setup
	$(BIN)/python -m api.export

clean:
	rm -rf .venv artifacts .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
