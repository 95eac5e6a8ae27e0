# `make help` lists what there is. Everything is installed into .venv, pinned by uv.lock.

UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
SYNC := $(UV) sync --locked --quiet --inexact --extra viz
RUN := $(UV) run --no-sync

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: setup ## Install what is needed and run everything: split, search, refit, evaluate, draw
	$(RUN) kedro run

.PHONY: viz
viz: setup ## Open the pipeline and its figures in the browser (Kedro-Viz)
	$(RUN) kedro viz run

.PHONY: experiments
experiments: setup-experiments ## Open Kedro-Viz's Experiment Tracking page (the last Kedro-Viz that has it)
	@echo "The page will be at http://127.0.0.1:4141/experiment-tracking. Ctrl-C ends it."
	.venv-experiments/bin/kedro viz run

.PHONY: compare
compare: setup ## Compare all tracked runs, on a page of its own
	$(RUN) python -m kedro_sweep.compare

.PHONY: mlflow
mlflow: $(UV) ## Open MLflow on the runs of `kedro run --env mlflow`
	$(SYNC) --no-dev --extra mlflow
	$(RUN) kedro mlflow ui --env mlflow

.PHONY: neptune-export
neptune-export: setup ## Turn the offline runs of `kedro run --env neptune` into JSON
	$(RUN) python -m kedro_sweep.tracking.neptune_export

.PHONY: dashboard
dashboard: $(UV) ## Open Optuna Dashboard on the studies
	$(SYNC) --no-dev --extra dashboard
	$(RUN) python -m kedro_sweep.tracking.dashboard

.PHONY: test
test: setup-dev ## Run the test suite, with browser tests where there is a Chromium
	$(RUN) pytest --numprocesses=auto --dist=loadfile --cov --cov-report=term

.PHONY: bench
bench: setup-dev ## Measure the speed against other ways; writes docs/benchmarks.md (about an hour)
	$(RUN) python -m benchmarks

.PHONY: docs
docs: setup-dev ## Build the documentation; the first page is docs/_build/html/index.html
	$(RUN) sphinx-build --fail-on-warning --keep-going --quiet docs docs/_build/html

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
	$(SYNC) --extra cmaes --extra mlflow --extra neptune --extra dashboard

# That release cannot share an environment with today's.
.PHONY: setup-experiments
setup-experiments: $(UV)
	UV_PROJECT_ENVIRONMENT=.venv-experiments $(UV) sync --locked --quiet --no-dev --extra experiment-tracking

# Where there is no uv, it is installed into an environment of its own.
.uv/bin/uv:
	python3 -m venv .uv || { echo "Python cannot make virtual environments here; on Debian or Ubuntu: apt install python3-venv" >&2; rm -rf .uv; exit 1; }
	.uv/bin/pip install --quiet --disable-pip-version-check uv
