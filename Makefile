# `make help` lists the commands. They install everything into .venv, at the versions pinned in uv.lock.

UV := $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
SYNC := $(UV) sync --locked --quiet --inexact
# A first run compiles only what it imports. Tests and benchmarks start many processes, which would all compile it.
COMPILE := --compile-bytecode
DEV := --extra viz
RUN := $(UV) run --no-sync
# Keep the order of testpaths: the longest test files run first, so that no core is idle at the end.
PYTEST := $(RUN) pytest --numprocesses=auto --dist=loadfile --no-loadscope-reorder
# template: begin
# This repository also tests the library, the trackers and the starter. The tools that the benchmarks compare it with are large.
BENCH := --all-packages --all-extras --all-groups
DEV := $(BENCH) --no-group bench
# Tests of random tables, splits and forests: `make test-release` draws many more of them than `make test`.
DRAWN := tests/repository/test_bad_tables.py $(addprefix packages/kedro-sweep/tests/,tables/test_splits.py search/reuse/test_boosting.py search/reuse/test_forests.py)
EXPERIMENTS := packages/kedro-sweep/src/kedro_sweep/tracking/kedro_viz_requirements
# template: end

.DEFAULT_GOAL := help

.PHONY: help
help: ## List the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: run
run: setup ## Install the project and run all pipelines
	$(RUN) kedro run

.PHONY: viz
viz: setup ## Open the pipelines and their figures in the browser (Kedro-Viz)
	$(RUN) kedro viz run

.PHONY: report
report: setup ## Open the report of the newest run
	$(RUN) kedro sweep report

.PHONY: compare
compare: setup ## Compare all runs on one page
	$(RUN) kedro sweep compare

.PHONY: studies
studies: setup ## List the studies
	$(RUN) kedro sweep studies

.PHONY: dashboard
dashboard: $(UV) ## Open the studies in Optuna Dashboard
	$(SYNC) --no-dev --extra dashboard
	$(RUN) kedro sweep dashboard

.PHONY: experiments
experiments: setup ## Open the experiment tracking page of Kedro-Viz 10.2
	$(RUN) kedro sweep experiments

.PHONY: mlflow
mlflow: $(UV) ## Open the runs of `kedro run --env mlflow` in MLflow
	$(SYNC) --no-dev --extra mlflow
	MLFLOW_DISABLE_TELEMETRY=true $(RUN) kedro mlflow ui --env mlflow

.PHONY: test
test: setup-dev ## Run the tests
	$(PYTEST)

.PHONY: lint
lint: setup-dev ## Check style, spelling and types
	$(RUN) ruff check .
	$(RUN) ruff format --check .
	$(RUN) codespell
	$(RUN) mypy
# template: begin
	$(RUN) mypy benchmarks pictures starter
	MYPYPATH=../.. $(RUN) --directory packages/kedro-sweep mypy src tests
	$(RUN) --directory packages/kedro-sweep lint-imports
# template: end

.PHONY: format
format: setup-dev ## Fix style automatically
	$(RUN) ruff check --fix .
	$(RUN) ruff format .

.PHONY: docs
docs: setup-dev ## Build the documentation in docs/_build/html
	$(RUN) sphinx-build --fail-on-warning --keep-going --quiet docs docs/_build/html

.PHONY: lock
lock: $(UV) ## Update uv.lock and requirements.txt after changing pyproject.toml
	$(UV) lock
	$(UV) export --quiet --locked --no-emit-workspace --no-dev --extra viz --no-hashes --no-annotate --no-header --output-file requirements.txt
# template: begin
	test ! -d packages/kedro-sweep || grep -v '^kedro-viz==' requirements.txt | $(UV) pip compile --quiet --universal --python-version 3.11 --no-annotate --no-header --constraint - --extra kedro --extra report --output-file $(EXPERIMENTS).txt packages/kedro-sweep/pyproject.toml $(EXPERIMENTS).in
# template: end

.PHONY: package
package: $(UV) ## Build wheels of the project and the library, and an archive of conf, in dist
	rm -f dist/*.whl
	$(UV) build --quiet --all-packages --wheel --out-dir dist
	tar --exclude='conf/local/*' --exclude='conf/*/credentials*' -czf dist/conf-wine_sweep.tar.gz conf
# template: begin

.PHONY: test-cluster
test-cluster: setup-dev ## Run the tests that need PostgreSQL and Dask
	$(PYTEST) --config-file=pyproject.toml packages/kedro-sweep/tests/cluster

.PHONY: test-release
test-release: setup-dev ## Test what a release gives: a new project, the documentation, pages, runs in processes, boosters, many random tables
	$(PYTEST) tests/repository/release
	HYPOTHESIS_EXAMPLES=200 $(PYTEST) --dist=load --config-file=pyproject.toml $(DRAWN)
	$(RUN) --with lightgbm --with xgboost-cpu pytest packages/kedro-sweep/tests/boosters

.PHONY: coverage
coverage: setup-dev ## Run the tests and measure their coverage
	$(PYTEST) --cov=wine_sweep --cov=kedro_sweep --cov-report=term

.PHONY: bench
bench: setup-bench ## Compare the speed with other methods (half an hour)
	$(RUN) python -m benchmarks.speed $(ARGS)

.PHONY: bench-strength
bench-strength: setup-bench ## Compare the test scores with other tools (50 hours, in slices: see docs/reference/strength.md)
	$(RUN) python -m benchmarks.strength $(ARGS)

.PHONY: bench-estimates
bench-estimates: setup-bench ## Check the estimates by simulation (three hours)
	$(RUN) python -m benchmarks.estimates $(ARGS)

.PHONY: bench-scale
bench-scale: setup-bench ## Measure more workers and other storages (18 minutes)
	$(RUN) python -m benchmarks.scale $(ARGS)

.PHONY: bench-decisions
bench-decisions: setup-bench ## Check thresholds, costs and prediction intervals (one hour, in slices)
	$(RUN) --with mapie==1.6.0 python -m benchmarks.decisions $(ARGS)

.PHONY: pictures
pictures: setup-dev ## Make the pictures of the documentation again, in docs/images (needs Chromium; 10 minutes)
	$(RUN) python -m pictures $(ARGS)

.PHONY: setup-bench
setup-bench: $(UV)
	$(SYNC) $(COMPILE) $(BENCH)
# template: end

.PHONY: setup
setup: $(UV)
	@[ -d .venv ] || echo 'Installing into .venv (about 0.7 GB) …'
	$(SYNC) --no-dev --extra viz

.PHONY: setup-dev
setup-dev: $(UV)
	$(SYNC) $(COMPILE) $(DEV)

# If uv is not installed, install it into .uv.
.uv/bin/uv:
	@echo 'Installing uv into .uv …'
	@python3 -m venv .uv || { echo "Python cannot create virtual environments here. On Debian or Ubuntu: apt install python3-venv" >&2; rm -rf .uv; exit 1; }
	@.uv/bin/pip install --quiet --disable-pip-version-check uv
