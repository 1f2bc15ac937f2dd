# What can be made here; `make` alone lists it.

PYTHON ?= python3
BIN := .venv/bin
MAKEFLAGS += --no-print-directory --no-builtin-rules
.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/ready ## virtual environment from requirements.lock; quick when up to date

.venv/ready: requirements.lock pyproject.toml tools/setup.py
	@$(PYTHON) tools/setup.py .venv
	@touch $@

engine: setup ## a Docker engine that answers: the one that is there, else installed and started
	@$(BIN)/python -m sandbox.engines.setup

demo: setup ## the main job on a bundled repository: build, 12 variants, comparison
	@$(BIN)/python -m sandbox.engines.setup || echo "without a Docker engine: the demo's own, trusted code runs unisolated" >&2
	@$(BIN)/sandbox demo

check: setup ## format, lint, types, floors, unit and contract tests; a few minutes, no Docker
	@$(BIN)/ruff format --check --quiet . || { echo "run: make format" >&2; exit 1; }
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(MAKE) floors
	@$(BIN)/pytest --quiet --numprocesses auto -m 'not slow and not docker' tests/unit tests/contract

test: setup ## every test, the Docker ones included
	@$(BIN)/python -m sandbox.engines.setup || echo "without a Docker engine: its tests are skipped and counted" >&2
	@$(BIN)/python tools/browser.py || echo "without a Chromium: its tests are skipped and counted" >&2
	@$(BIN)/python tools/node_packages.py || echo "without the packages of tests/node: their tests are skipped and counted" >&2
	@$(BIN)/pytest

coverage: setup ## every test, measured; fails below the line in pyproject.toml
	@$(BIN)/pytest --cov --cov-report=term

bench: setup ## the promised figures, measured here, as a table, beside venv and mlflow run
	@$(BIN)/python -m benchmarks.bench

corpus: setup ## builds every repository below DIR; ONLY=pattern JOBS=n LIMIT=s AGAIN=failed KEEP=GB
	@$(BIN)/python -m benchmarks.corpus $(if $(DIR),'$(DIR)',--help) $(if $(ONLY),--only '$(ONLY)') \
	  $(if $(JOBS),--jobs $(JOBS)) $(if $(LIMIT),--limit $(LIMIT)) $(if $(AGAIN),--again $(AGAIN)) \
	  $(if $(KEEP),--keep $(KEEP))

running: setup ## runs entries of the repositories below DIR for a minute each; STATE=folder MOST=n SECONDS=s
	@$(BIN)/python -m benchmarks.corpus.running $(if $(DIR),'$(DIR)' --state '$(STATE)',--help) \
	  $(if $(MOST),--most $(MOST)) $(if $(SECONDS),--seconds $(SECONDS))

tunables: setup ## what scan finds and -p changes in the repositories below DIR; MOST=n NAMED=file.json
	@$(BIN)/python -m benchmarks.corpus.tunables $(if $(DIR),'$(DIR)',--help) $(if $(MOST),--most $(MOST)) \
		$(if $(NAMED),--named '$(NAMED)')

alternatives: setup ## values tried by hand, NAMED=file.json, tried again by sweep -p below DIR; ONLY=pattern
	@$(BIN)/python -m benchmarks.corpus.alternatives $(if $(DIR),'$(DIR)' --named '$(NAMED)',--help) \
		$(if $(ONLY),--only '$(ONLY)')

flags: setup ## flags as scan reads them beside argparse's own, below DIR; IMAGE=with-python3 or BUILT=folder ONLY=pattern
	@$(BIN)/python -m benchmarks.corpus.flags \
		$(if $(DIR),'$(DIR)' $(if $(IMAGE),--image '$(IMAGE)',--home '$(BUILT)'),--help) \
		$(if $(ONLY),--only '$(ONLY)')

guild: setup ## what Guild AI lists beside what scan lists, below DIR; IMAGE=with-python3 ONLY=pattern
	@$(BIN)/python -m benchmarks.corpus.guild $(if $(DIR),'$(DIR)' --image '$(IMAGE)',--help) \
		$(if $(ONLY),--only '$(ONLY)')

finding: setup ## ranking and cost of find, on repositories below DIR; needs what make test installs
	@$(BIN)/python -m benchmarks.finding $(if $(DIR),'$(DIR)',--help)

growth: setup ## a sweep of RUNS variants (10,000): what late ones cost, memory, compare
	@$(BIN)/python -m benchmarks.growth $(if $(RUNS),--runs $(RUNS))

statistics: setup ## how often comparisons err, in TIMES (1000) made-up sweeps of each kind
	@$(BIN)/python -m benchmarks.luck $(if $(TIMES),--times $(TIMES))

comparing: setup ## what sandbox compare costs beyond reading, for 100 and 10,000 runs; RUNS="n m" PROCESSOR=1
	@$(BIN)/python -m benchmarks.reading $(if $(RUNS),--runs $(RUNS)) $(if $(PROCESSOR),--processor)

report: setup ## the report's size, and the time until it is live in a browser; RUNS='12 200 1000'
	@$(BIN)/python -m benchmarks.reporting $(if $(RUNS),--runs $(RUNS))

pictures: setup ## those of a report in docs/, from PAGE=report.html
	@$(BIN)/python tools/pictures.py $(if $(PAGE),'$(PAGE)',--help)

recovery: setup ## kills a sweep's command, containers and engine KILLS times; needs root
	@$(BIN)/python -m benchmarks.recovery $(if $(KILLS),--kills $(KILLS))

floors: setup ## which room may import which (docs/architecture.md)
	@$(BIN)/lint-imports --no-cache --no-logo --no-timing 2>/dev/null || $(BIN)/lint-imports --no-cache --no-logo

format: setup ## put the code into its form
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format .

lock: setup ## requirements.lock from pyproject.toml; add UPGRADE=1 for newer versions
	@$(BIN)/uv pip compile --quiet $(if $(UPGRADE),--upgrade) pyproject.toml --extra dev \
	  --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --no-emit-index-url --no-emit-find-links --output-file requirements.lock

clean: ## caches and build products; neither .venv nor anything of a workspace
	@rm -rf build dist htmlcov .coverage .coverage.* .mypy_cache .ruff_cache .pytest_cache
	@rm -rf .hypothesis .import_linter_cache
	@find sandbox tests benchmarks tools -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help setup engine demo check test coverage bench corpus running tunables alternatives flags guild finding growth statistics comparing report pictures recovery floors format lock clean
