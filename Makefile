# The portal's commands. Python 3.11 or newer and make are all a machine needs.
PYTHON ?= python3
LK_ENV ?= demo
BIN := .venv/bin
SOURCES := $(shell find lk_app assets reflex.lock -type f -not -name '*.pyc') rxconfig.py
BUILT := .web/build/built-for-$(LK_ENV)

# Node comes from the virtual environment, so that nobody has to install it.
export PATH := $(CURDIR)/$(BIN):$(PATH)
export REFLEX_USE_NPM := 1
# The lock file names no registry, so that it stays the same wherever the front end is built.
export npm_config_omit_lockfile_registry_resolved := true
export LK_ENV
# Container images often say so; then every process would compile what it imports, and every run of the tests all tests.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run run-cluster dev test lint chromium bench load build requirements clean

run: build  ## The demo at http://localhost:3000 (LK_PORT changes it)
	python -m lk_app db upgrade
	python -m lk_app demo load
	exec python -m lk_app serve

run-cluster: build .venv/installed-dev  ## As a company runs it: https://localhost:8443 (LK_CLUSTER_PORT changes it)
	exec python tools/run_cluster.py

dev: .venv/installed  ## The demo with reload: pages on LK_PORT, events on LK_BACKEND_PORT
	python -m lk_app db upgrade
	python -m lk_app demo load
	exec reflex run

# What each of them says comes in one piece, where make can do that.
SIDE_BY_SIDE := --jobs 2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

test:  ## Everything: style and types, then tests in real databases and a real browser
	$(MAKE) $(SIDE_BY_SIDE) lint build chromium
	pytest --numprocesses 2 --ignore tests/e2e $(ARGS)
	pytest tests/e2e --numprocesses 2 --dist loadfile $(ARGS)

lint: .venv/installed-dev  ## Style, types and the direction of imports
	ruff check .
	ruff format --check .
	mypy
	lint-imports --no-logo

chromium: .venv/installed-dev
	tools/ensure-chromium

bench: chromium build  ## Speeds and sizes, each beside a yardstick of the same run
	python -m tests.bench $(ARGS)

load: .venv/installed-dev build  ## People at the portal, up to 2,000 at once, and what each thing they do takes
	python -m tests.load $(ARGS)

build: $(BUILT)  ## The front end for production

$(BUILT): $(SOURCES) .venv/installed
	reflex export --frontend-only --no-zip
	rm -f .web/build/built-for-*
	touch $@

.venv/installed: requirements.txt
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

.venv/installed-dev: requirements-dev.txt .venv/installed
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

PIN := pip-compile --quiet --strip-extras --allow-unsafe --no-emit-index-url --no-emit-find-links --no-emit-trusted-host

requirements: .venv/installed-dev  ## Pin anew what requirements*.in ask for
	$(PIN) requirements.in
	$(PIN) requirements-telemetry.in
	$(PIN) requirements-dev.in

clean:  ## Everything that can be made again, but not the data in var/
	rm -rf .venv .web .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
