# Everything runs in .venv, which is made on the first call and renewed when pyproject.toml changes.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test check pyright mypy wheel format bench torture covered clean

run: .venv/run
	$(BIN)/sonde --demo

test: .venv/dev
	$(BIN)/python -m pytest -q -n 3 --dist loadfile

check: .venv/dev
	$(BIN)/ruff format --check core tui tests
	$(BIN)/ruff check core tui tests
	$(BIN)/lint-imports
	@$(MAKE) --no-print-directory -j 2 pyright mypy wheel  # each works on one core
	$(BIN)/python -m pytest -q -n 3 --dist loadfile

pyright mypy: .venv/dev
	$(BIN)/$@

wheel: .venv/dev
	$(BIN)/python tests/wheel.py

format: .venv/dev
	$(BIN)/ruff format core tui tests
	$(BIN)/ruff check --fix core tui tests

bench: .venv/dev
	$(BIN)/python -m tests.bench

torture: .venv/dev
	$(BIN)/python -m tests.torture

covered: .venv/dev
	$(BIN)/python -m tests.covered

clean:
	rm -rf .venv dist build

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo 'Sonde needs Python 3.11 or newer: make PYTHON=python3.12 run'; exit 1; }
	$(PYTHON) -m venv .venv

.venv/run: .venv/bin/python pyproject.toml
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	$(BIN)/python -m compileall -q core tui  # the first start need not do it
	@touch $@

.venv/dev: .venv/run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --group dev
	@touch $@
