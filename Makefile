# make setup | demo | test | long | bench | lock. Needs Debian, python3 >= 3.11 with venv, and make.
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=

.PHONY: setup setup-test browser demo test check pytest long bench lock clean

setup: .venv/.product

.venv/.product: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

setup-test: .venv/.test

.venv/.test: .venv/.product requirements-test.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements-test.lock
	touch $@

demo: setup
	$(BIN)/gateway demo $(ARGS)

# The console's browser tests are skipped, and say so, where Chromium is not there and cannot be installed.
browser:
	@command -v chromium > /dev/null || { test "$$(id -u)" = 0 && apt-get -qq update \
		&& apt-get -qq install -y --no-install-recommends chromium; } \
		|| echo "Chromium is not installed, so the console's browser tests are skipped."

test: setup-test browser check pytest

check:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

pytest:
	$(BIN)/python -m pytest -n 2 -m "not long" $(ARGS)

long: setup-test
	$(BIN)/python -m pytest -n 2 $(ARGS)

bench: setup-test
	$(BIN)/python -m tests.bench $(ARGS)

lock:
	uv pip compile pyproject.toml requirements-build.in --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -o requirements.lock
	uv pip compile pyproject.toml requirements-build.in --extra test --constraint requirements.lock --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links --no-header -o requirements-test.lock

clean:
	rm -rf .venv .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis
