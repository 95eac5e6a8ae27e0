# `make help` lists what there is. Everything is installed into .venv, pinned by uv.lock.

UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
SYNC := $(UV) sync --locked --quiet --inexact --extra viz
RUN := $(UV) run --no-sync

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: setup ## Install what is needed and run everything: split, search, refit, evaluate, draw
	$(RUN) kedro run

.PHONY: viz
viz: setup ## Open the pipeline and its figures in the browser (Kedro-Viz)
	$(RUN) kedro viz run

.PHONY: test
test: setup-dev ## Run the test suite
	$(RUN) pytest --cov --cov-report=term

.PHONY: bench
bench: setup-dev ## Measure the speed against other ways; writes docs/benchmarks.md (half an hour)
	$(RUN) python -m benchmarks

.PHONY: lint
lint: setup-dev ## Check style and types
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) mypy

.PHONY: format
format: setup-dev ## Mend what can be mended of the style
	$(RUN) ruff check --fix .
	$(RUN) ruff format .

.PHONY: lock
lock: $(UV) ## Bring uv.lock and requirements.txt up to date with pyproject.toml
	$(UV) lock
	$(UV) export --quiet --locked --no-dev --extra viz --no-emit-project --no-hashes --no-annotate --no-header --output-file requirements.txt

.PHONY: setup
setup: $(UV)
	$(SYNC) --no-dev

.PHONY: setup-dev
setup-dev: $(UV)
	$(SYNC) --extra cmaes

# Where there is no uv, it is installed into an environment of its own.
.uv/bin/uv:
	python3 -m venv .uv || { echo "Python cannot make virtual environments here; on Debian or Ubuntu: apt install python3-venv" >&2; rm -rf .uv; exit 1; }
	.uv/bin/pip install --quiet uv
