# Everything a person runs. `make run` and `make test` need Python 3.11 or newer with venv, and nothing else set up.
PYTHON ?= python3
PORT ?= 8000
GRAPHQL_HTTP ?= .state/http-audit
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: run install check servers test wheel decisions screenshots bench http-audit federation-audit clean

run: install  ## build the demo city and serve it on 127.0.0.1:$(PORT)
	$(BIN)/tongguan demo run --port $(PORT)

install: $(STAMP)

$(STAMP): pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[fast]'
	touch $@

$(VENV)/.installed-dev: $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[fast,dev]'
	touch $@

check: $(VENV)/.installed-dev  ## lint, format, types, walls and unit tests: the inner loop
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -q -n auto -m 'not server and not whole' --hypothesis-profile=inner

servers:  ## install from Debian what tests start: PostgreSQL, MariaDB, Chromium (as root)
	bash tests/servers.sh

test: $(VENV)/.installed-dev  ## every test, with real servers on loopback
	$(BIN)/pytest -n auto

wheel: $(VENV)/.installed-dev  ## build the wheel and try it in an environment of its own
	bash tests/wheel.sh $(BIN)/python

decisions: $(VENV)/.installed-dev  ## a million random decisions, by all three evaluators
	$(BIN)/python -m tests.policies.long_run --decisions 1000000

federation-audit: URL ?= http://localhost:4200
federation-audit: $(VENV)/.installed-dev  ## every suite that a federation gateway audit serves at $(URL), by `tongguan router`
	$(BIN)/python -m tests.conformance.federation_audit --url $(URL)

screenshots: $(VENV)/.installed-dev  ## the pictures of docs/images, made anew with Debian's Chromium
	$(BIN)/python -m tests.support.screenshots

http-audit: URL ?= http://127.0.0.1:$(PORT)/graphql
http-audit:  ## the 61 audits of npm's graphql-http against a server at URL (docs/federation.md)
	GRAPHQL_HTTP=$(GRAPHQL_HTTP) node tests/conformance/http_audit.mjs $(URL)

bench: $(VENV)/.installed-dev  ## the table of docs/benchmarks.md
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) .state dist build
