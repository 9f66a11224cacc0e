# `make` prints this menu. Needs Python >= 3.11, make and a package index; nothing else.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.dev-$(shell cksum requirements/dev.txt | cut -d' ' -f1)

.DEFAULT_GOAL := menu
.PHONY: menu setup run demo test check bench chaos conformance compiled test-compiled profiles tables lock clean

menu: ## print this menu
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /|/' | awk -F'|' '{printf "make %-13s %s\n", $$1, $$2}'

setup: $(STAMP) ## make the virtual environment from the locked requirements

$(STAMP): requirements/dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Binôme needs Python >= 3.11 (set PYTHON=...)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { echo "This Python has no venv module; on Debian: apt-get install python3-venv"; exit 1; }
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	rm -f $(VENV)/.dev-*
	touch $@

run: setup ## serve http://127.0.0.1:8080 with the sandbox destinations and the demonstration data
	$(BIN)/python -m service.cli serve --demonstration

demo: setup ## play one act from the délégué to the délégant against real sockets, and prove it
	$(BIN)/python -m service.cli demo

test: setup ## pass the tests, in as many processes as there are cores, four at most
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal

check: setup ## lint, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: setup ## measure acts a second beside two floors, deliveries, memory, start
	$(BIN)/python -m bench

chaos: setup ## kill, stop and race the deliveries at every named point, on both stores, then a great backlog (SEED=, KILLS=)
	$(BIN)/python -m tests.chaos.full $(if $(SEED),--seed $(SEED)) --kills $(or $(KILLS),60)

conformance: setup ## clients and validators that others wrote (with Node, Java and Maven where they are; WHOLE=1)
	$(BIN)/python -m conformance $(if $(WHOLE),--whole)

compiled: setup ## compile the hot modules to var/compiled (needs a C compiler; some minutes), then: python -m compiled run serve
	$(BIN)/python -m compiled build

test-compiled: setup ## pass the tests of what is compiled, on the compiled modules (after make compiled)
	$(BIN)/python -m compiled test tests/mappings tests/store tests/intake tests/ledger tests/rules --numprocesses auto --maxprocesses 4 --dist worksteal

profiles: ## compile the profiles again (needs Node)
	cd profiles && npm ci --no-audit --no-fund && node compile.mjs

tables: setup ## draw the tables of FHIR from the models of fhir.resources again
	$(BIN)/python -m tables

lock: setup ## lock the requirements again, with hashes
	$(BIN)/python -m pip install --quiet uv
	cd requirements && ../$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header runtime.in -o runtime.txt
	cd requirements && ../$(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header dev.in -c runtime.txt -o dev.txt

clean: ## remove what was made here, not the data in var/
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
