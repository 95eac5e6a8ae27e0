"""Stop a run if its parameters do not fit together, or what it loads does not fit them.

Kedro imports this module for every command, so what only a run needs is imported when it runs.
"""

import json
import logging
from collections.abc import Callable, Collection, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.framework.project import pipelines
from kedro.io import CatalogProtocol, DataCatalog
from kedro.io.core import AbstractVersionedDataset, Version, VersionNotFoundError
from kedro.pipeline import Pipeline

from kedro_sweep.errors import InputError
from kedro_sweep.parameters import flatten_parameters, reads
from kedro_sweep.tracking import check_places

if TYPE_CHECKING:
    from kedro_sweep.evaluation import Decision
    from kedro_sweep.search import Sweep
    from kedro_sweep.tables import Data

TABLES = {"train", "test"}
RECORD, SUMMARY, MODEL, MEMBERS = "data_summary", "sweep_summary", "model", "members"
PREPARATION, PARAMETERS = "preparation", "run_parameters"
# What a run makes after its search.
AFTER_SEARCH = [MODEL, "features", "train_metrics", "test_metrics", "test_details", "test_references"]
AFTER_SEARCH += ["slices", "findings", "verdict"]
DATA, SWEEP, DECISION = "params:data", "params:sweep", "params:decision"
Catalog = CatalogProtocol[Any, Any]
Values = dict[str, Any]


class ParameterHooks:
    """Check the parameters that the user gives a run."""

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        check_places(context.config_loader["parameters"])

    @hook_impl
    def before_pipeline_run(self, run_params: Values, pipeline: Pipeline, catalog: Catalog) -> None:
        if SWEEP in pipeline.inputs():
            from kedro_sweep.search import Sweep
            from kedro_sweep.search.settings import check_search_space, choose_candidates

            # A pipeline in which no node has the type as its hint gets plain values.
            sweep = Sweep.model_validate(catalog.load(SWEEP))
            for candidate in choose_candidates(sweep).values():
                check_search_space(candidate, candidate.search_space, group=sweep.find_group(candidate))
            if sweep.muted_checks:
                from kedro_sweep.evaluation.findings import check_names

                check_names(sweep.muted_checks)
        _check_known(run_params["runtime_params"] or {}, pipeline)


class InputHooks:
    """Compare the parameters of a run with those behind the tables and models that it loads."""

    def __init__(self) -> None:
        # By run ID: one process may run several pipelines, and start others to run their nodes.
        self._checks: dict[str, Callable[[Values], None]] = {}

    @hook_impl
    def before_pipeline_run(self, run_params: Values, pipeline: Pipeline, catalog: Catalog) -> None:
        from kedro_sweep.datasets.model_dataset import ModelDataset
        from kedro_sweep.datasets.schema_validator import pin_schemas
        from kedro_sweep.tables import Data, check_parameters

        if run_params.get("only_missing_outputs"):
            pipeline = _find_missing(pipeline, catalog)
        loaded = pipeline.inputs()
        record = _load_record(catalog) if loaded & TABLES else None
        if DATA in loaded:
            data = Data.model_validate(catalog.load(DATA))
            if record:
                given = data.model_dump()
                if SWEEP in loaded:
                    from kedro_sweep.search import Sweep

                    given["is_classifier"] = Sweep.model_validate(catalog.load(SWEEP)).is_classifier
                check_parameters(record, given)
            if MODEL in loaded and "features" in catalog:
                version = _find_version(catalog, MODEL)
                made = _has_version(catalog, "features", version)
                _check_model(catalog.load("features", version if made else None), data, record)
        summary = catalog.load(SUMMARY) if MEMBERS in loaded and SUMMARY in catalog else None
        check = partial(_check_loaded, catalog, record, summary, loaded)
        self._checks[run_params["run_id"]] = check
        if SUMMARY in loaded:
            _check_versions(catalog, loaded)
        # A run that also loads the summary uses what other nodes of the newest run have saved.
        model = catalog.get(MODEL) if MODEL in loaded and SUMMARY not in loaded else None
        if isinstance(model, ModelDataset) and isinstance(catalog, DataCatalog):
            pin_schemas(catalog, model)

    @hook_impl
    def before_node_run(self, inputs: Values, run_id: str) -> None:
        if check := self._checks.get(run_id):
            check(inputs)

    @hook_impl
    def after_pipeline_run(self, run_params: Values) -> None:
        self._checks.pop(run_params["run_id"], None)

    on_pipeline_error = after_pipeline_run


def _check_known(given: Mapping[str, Any], pipeline: Pipeline) -> None:
    """Check that the run reads every parameter from the command line; Kedro would ignore it."""
    prefix = "params:"
    known = {name.removeprefix(prefix) for name in pipeline.inputs() if name.startswith(prefix)}
    for name, value in given.items():
        for path in flatten_parameters({name: value}):
            if name not in known and ("." in name or not reads(known, path)):
                # Only a server or a program can give dots in a name.
                nested = "use dots for nested parameters, such as sweep.n_trials"
                how = 'nest them, as in {"sweep": {"n_trials": 5}}' if "." in name else nested
                raise InputError(
                    f"--params {path}: nothing in this run reads a parameter of this name. It reads "
                    f"{sorted(known)}; {how}."
                )


def _find_missing(pipeline: Pipeline, catalog: Catalog) -> Pipeline:
    """Find the part of a pipeline that `--only-missing-outputs` runs; Kedro tells no hook."""
    from kedro.runner.runner import _build_node_children_map, _determine_nodes_to_run

    children = _build_node_children_map(pipeline)
    found = _determine_nodes_to_run(pipeline.nodes[::-1], catalog, children, logging.getLogger(__name__))
    return pipeline.filter(node_names=[node.name for node in found]) if found else Pipeline([])


def _check_versions(catalog: Catalog, loaded: Collection[str]) -> None:
    """Check that a run that loads a search loads nothing that an earlier one led to."""
    made = _find_version(catalog, SUMMARY)
    known = {name: _find_version(catalog, name) for name in AFTER_SEARCH if name in loaded}
    if made and (older := [name for name, version in known.items() if version and version < made]):
        raise InputError(
            f"This run loads the search of {made}, but {' and '.join(older)} of an earlier one: run "
            "`kedro run` with the --env and --params of that search, which repeats no trial, or name "
            "the versions of one run with --load-versions."
        )
    # A run that was stopped in its search has recorded its parameters, but nothing else.
    if PARAMETERS in loaded and _has_version(catalog, PARAMETERS, made):
        dataset: Any = catalog.get(PARAMETERS)
        dataset._version = Version(dataset._version.load or made, dataset._version.save)


def _find_version(catalog: Catalog, name: str) -> str:
    """Find the version that a run loads; empty if there is none."""
    dataset = catalog.get(name) if name in catalog else None
    try:
        found = isinstance(dataset, AbstractVersionedDataset) and dataset.resolve_load_version()
    except VersionNotFoundError:
        return ""
    return str(found or "")


def _has_version(catalog: Catalog, name: str, version: str) -> bool:
    dataset = catalog.get(name)
    if not (isinstance(dataset, AbstractVersionedDataset) and dataset._version):
        return False
    return version in dataset.list_versions(full_path=False)


def _load_record(catalog: Catalog) -> Any:
    if RECORD not in catalog:
        return None
    from kedro_sweep.tables import REMEDY

    record = catalog.load(RECORD) if catalog.exists(RECORD) else {}
    if "tables" not in record:  # nor in a summary of an earlier release
        raise InputError(
            f"There is no record of how the training and test tables were made ('{RECORD}' in "
            f"conf/base/catalog.yml). {REMEDY}"
        )
    return record


def load_training(catalog: Catalog, summary: Values | None = None) -> "tuple[Any, Any, Data, Sweep]":
    """Load what `configure_candidates` takes; the parameters must describe the tables and the search."""
    from kedro_sweep.search import Sweep
    from kedro_sweep.tables import Data, check_parameters, prepare_rows

    data, sweep = Data.model_validate(catalog.load(DATA)), Sweep.model_validate(catalog.load(SWEEP))
    record, train = _load_record(catalog), catalog.load("train")
    if record:
        check_parameters(record, data.model_dump() | {"is_classifier": sweep.is_classifier})
    _check_loaded(catalog, record, summary, (), {"train": train})
    return train, prepare_rows(train, catalog.load("means"), data), data, sweep


def _check_model(description: Values, data: "Data", record: Values | None) -> None:
    """Check that a model was trained on the columns of the parameters, and on the rows of the table."""
    from kedro_sweep.tables import mark_rows

    features = data.features
    if features is None and record:  # the record says which columns null means
        columns = record["tables"]["train"]["columns"]
        features = [name for name in columns if name not in data.not_features]
    for name, value in {"y_label": data.y_label, "features": features}.items():
        if value not in (None, description[name]):
            raise InputError(
                f"The model was trained with data.{name} {description[name]}, but this run has {value}: "
                "train it again, or undo the change."
            )
    if not record or "trained_on" not in description:  # by a project of an earlier release
        return
    if description["trained_on"] != mark_rows(record["tables"]["train"], data.y_label):
        raise InputError(
            "The model was trained on other rows than those of the training table, and may have seen "
            "rows of the test table: run `kedro run`, or make the earlier tables again."
        )


def _check_loaded(
    catalog: Catalog,
    record: Values | None,
    summary: Values | None,
    loaded: Collection[str],
    inputs: Values,
) -> None:
    from kedro_sweep.tables import Data, check_preparation, check_table, prepare_rows

    for name in inputs.keys() & TABLES if record else ():
        file = str(getattr(catalog[name], "_filepath", name))
        check_table(inputs[name], record or {}, name, file)
    has_preparation = PREPARATION in loaded and PREPARATION in inputs and not _has_own_preparation()
    if "train" not in inputs or not (summary or has_preparation):
        return
    data, train = Data.model_validate(catalog.load(DATA)), inputs["train"]
    preparation = prepare_rows(train, catalog.load("means"), data)
    if has_preparation:
        check_preparation(inputs[PREPARATION], preparation, train)
    if not summary:
        return
    # Check that the chosen trials come from the search that the parameters describe.
    from kedro_sweep.evaluation import Decision, SweepSummary, check_decision
    from kedro_sweep.search import Sweep, configure_candidates

    sweep = Sweep.model_validate(catalog.load(SWEEP))
    configurations = configure_candidates(train, preparation, data, sweep, explain=False)
    decision = Decision.model_validate(catalog.load(DECISION)) if DECISION in catalog else None
    if decision and not decision.is_default:
        configurations = check_decision(decision, configurations)
    search = SweepSummary.model_validate(summary)
    known = [found.study for found in search.candidates]
    studies = [  # an earlier release may have given the study another name with the same end
        next((name for name in known if name.endswith(found.fingerprint)), found.study_name)
        for found in configurations.values()
    ]
    for what, before, now in (
        ("of study", known, studies),
        ("with sweep.ensemble.size", [search.ensemble_size], [sweep.ensemble.size]),
        ("with sweep.choose", [search.choose], [sweep.choose]),
        ("with decision", *_compare_decisions(decision, inputs)),
    ):
        if before != now:
            raise InputError(
                f"The chosen models come from a search {what} {', '.join(map(str, before))}, but this "
                f"run's parameters describe a search {what} {', '.join(map(str, now))}: run the search "
                "again, undo the change, or repeat --env and --params of that run."
            )


def _has_own_preparation() -> bool:
    """Check whether the project prepares rows in its own way."""
    from kedro_sweep.tables import prepare_rows

    nodes = (node for pipeline in pipelines.values() for node in pipeline.nodes)
    return any(PREPARATION in node.outputs and node.func is not prepare_rows for node in nodes)


def _compare_decisions(decision: "Decision | None", inputs: Values) -> tuple[list[Any], list[Any]]:
    """List the parameters of the decision that is loaded, and of the run, if both are known."""
    before = inputs.get("decision", {}).get("parameters")
    if before is None or decision is None:
        return [], []
    return [before], [json.loads(json.dumps(decision.model_dump()))]  # as the file holds them
