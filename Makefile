# Everything runs in .venv of this checkout; no root, no Docker, Python 3.11 or newer.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

.PHONY: help install demo test check bench docs picture

help: ## Say what there is to make
	@sed -nE 's/^([a-z]+):[^#]*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

install: $(STAMP) ## Install streamgauge and all its tools into .venv, as the lock has them

demo: $(STAMP) ## Run all of it on this machine, with traffic and an incident
	$(BIN)/streamgauge demo

test: $(STAMP) ## Run the tests, on real Kafka where it can be started (ARGS="-k alert" for some)
	$(BIN)/pytest -n 4 --dist loadfile $(ARGS)

check: $(STAMP) ## Lint, check format, types and the direction of imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(STAMP) ## Measure the promises of docs/performance.md
	$(BIN)/streamgauge bench emit
	$(BIN)/streamgauge bench ingest

docs: $(STAMP) ## Write docs/asyncapi.json anew from the list of topics
	$(BIN)/python -m streamgauge.contracts.asyncapi > docs/asyncapi.json.new
	mv docs/asyncapi.json.new docs/asyncapi.json

picture: $(STAMP) ## Take docs/dashboard.png from a running demo (needs Chromium)
	$(BIN)/python docs/picture.py

# Done again only when the lock, the metadata or a kernel changes; the stamp comes last, so a broken install is no install.
$(STAMP): requirements.lock pyproject.toml hatch_build.py $(wildcard src/streamgauge/*/kernel/*)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps -e .
	touch $@
