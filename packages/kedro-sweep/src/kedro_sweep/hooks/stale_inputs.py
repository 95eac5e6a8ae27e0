"""Stop a run whose parameters differ from those behind the tables and models that it loads."""

from dataclasses import dataclass
from typing import Any

import pandas as pd
from kedro.framework.hooks import hook_impl
from kedro.io import CatalogProtocol
from kedro.pipeline import Pipeline

from kedro_sweep.errors import InputError
from kedro_sweep.search import Sweep, configure_candidates
from kedro_sweep.tables import Data, prepare_rows
from kedro_sweep.tables.record import REMEDY, check_parameters, check_table

TABLES = {"train", "test"}
RECORD = "split_record"
DATA, SWEEP = "params:data", "params:sweep"


@dataclass
class _Run:
    """What the tables that a run loads are compared with.

    Attributes:
        catalog: The catalog of the run.
        record: What `describe_tables` returned, if the run loads tables.
        summary: The summary of the search that the chosen models must come from, if the run loads them.
    """

    catalog: CatalogProtocol[Any, Any]
    record: dict[str, Any] | None
    summary: dict[str, Any] | None


class StaleInputHooks:
    """Compare the parameters of a run with those behind the tables and models that it loads."""

    def __init__(self) -> None:
        """Know no run yet."""
        # By run ID: one process may run several pipelines, and start others to run their nodes.
        self._runs: dict[str, _Run] = {}

    @hook_impl
    def before_pipeline_run(
        self,
        run_params: dict[str, Any],
        pipeline: Pipeline,
        catalog: CatalogProtocol[Any, Any],
    ) -> None:
        """Check the parameters before the first node."""
        loaded = pipeline.inputs()
        record = _find_record(catalog) if loaded & TABLES else None
        if DATA in loaded:
            data = catalog.load(DATA)
            if record:
                kind = {"is_classifier": catalog.load(SWEEP).is_classifier} if SWEEP in loaded else {}
                check_parameters(record, data.model_dump() | kind)
            if "model" in loaded and "features" in catalog:
                check_model(catalog.load("features"), data, record)
        from_search = "members" in loaded and "sweep_summary" in catalog
        summary = catalog.load("sweep_summary") if from_search else None
        self._runs[run_params["run_id"]] = _Run(catalog, record, summary)

    @hook_impl
    def before_node_run(self, inputs: dict[str, Any], run_id: str) -> None:
        """Check that a table is the one that was saved, and the one that was searched."""
        if (run := self._runs.get(run_id)) is None:
            return
        if run.record:
            for name in inputs.keys() & TABLES:
                file = str(getattr(run.catalog[name], "_filepath", name))
                check_table(inputs[name], run.record, name, file)
        if run.summary and "train" in inputs:
            means, *groups = (run.catalog.load(name) for name in ("means", DATA, SWEEP))
            check_search(run.summary, inputs["train"], means, *groups)

    @hook_impl
    def after_pipeline_run(self, run_params: dict[str, Any]) -> None:
        """Forget the run."""
        self._runs.pop(run_params["run_id"], None)

    @hook_impl
    def on_pipeline_error(self, run_params: dict[str, Any]) -> None:
        """Forget the run."""
        self._runs.pop(run_params["run_id"], None)


def _find_record(catalog: CatalogProtocol[Any, Any]) -> dict[str, Any] | None:
    if RECORD in catalog and not catalog.exists(RECORD):
        raise InputError(
            f"There is no record of how the training and test tables were made ('{RECORD}' in "
            f"conf/base/catalog.yml). {REMEDY}"
        )
    return catalog.load(RECORD) if RECORD in catalog else None


def check_model(description: dict[str, Any], data: Data, record: dict[str, Any] | None) -> None:
    """Check that a model was trained on the columns that the parameters name."""
    features = data.features
    if features is None and record:  # the record says which columns null means
        columns = record["tables"]["train"]["columns"]
        features = [name for name in columns if name not in (data.y_label, data.split.column)]
    for name, value in {"y_label": data.y_label, "features": features}.items():
        if value not in (None, description[name]):
            raise InputError(
                f"The model was trained with data.{name} {description[name]}, but this run has {value}: "
                "train it again, or undo the change."
            )


def check_search(
    summary: dict[str, Any], train: pd.DataFrame, means: dict[str, float], data: Data, sweep: Sweep
) -> None:
    """Check that the chosen trials come from the search that the parameters describe."""
    preparation = prepare_rows(train, means, data)
    configurations = configure_candidates(train, preparation, data, sweep, explain=False)
    studies = [configuration.study_name for configuration in configurations.values()]
    for what, before, now in (
        ("of study", [found["study"] for found in summary["candidates"]], studies),
        ("with sweep.ensemble.size", [summary["ensemble_size"]], [sweep.ensemble.size]),
    ):
        if before != now:
            raise InputError(
                f"The chosen models come from a search {what} {', '.join(map(str, before))}, but this "
                f"run's parameters describe a search {what} {', '.join(map(str, now))}: run the search "
                "again, or undo the change."
            )
