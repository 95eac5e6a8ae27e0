"""Stop a run that would load results of earlier runs that were made with other parameters."""

from dataclasses import dataclass
from typing import Any

import pandas as pd
from kedro.framework.hooks import hook_impl
from kedro.io import CatalogProtocol
from kedro.pipeline import Pipeline

from kedro_sweep.errors import InputError
from kedro_sweep.evaluation import Ensemble
from kedro_sweep.search import (
    Model,
    Models,
    RandomSeed,
    SearchSpace,
    Sweep,
    choose_candidates,
    configure_candidates,
)
from kedro_sweep.tables import (
    REMEDY,
    Duplicates,
    FeatureNames,
    Impute,
    Split,
    TargetName,
    check_parameters,
    check_table,
    prepare_rows,
)
from kedro_sweep.validation import ClearErrors, to_plain

TABLES = {"train", "test"}
# The parameters that name the candidates of a search, and those that their studies depend on.
CANDIDATES: dict[str, type[ClearErrors]] = {
    "model": Model,
    "search_space": SearchSpace,
    "models": Models,
}
STUDY_PARAMETERS: dict[str, type[ClearErrors]] = {
    "y_label": TargetName,
    "split": Split,
    "duplicates": Duplicates,
    "impute": Impute,
    "sweep": Sweep,
    "random_seed": RandomSeed,
}
RECORD = "split_record"


@dataclass
class _Run:
    """What the tables that a run loads are compared with.

    Attributes:
        catalog: The catalog of the run.
        parameters: All parameters of the run, as plain values.
        record: What `find_record` returned.
        summary: The summary of the search that the chosen models must come from, if the run loads them.
    """

    catalog: CatalogProtocol[Any, Any]
    parameters: dict[str, Any]
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
        """Check the parameters before the first node.

        Args:
            run_params: Kedro's description of the run.
            pipeline: The pipeline that will run.
            catalog: Holds the parameters, and the records of earlier runs.

        Raises:
            InputError: If tables or a model were made with other parameters.
        """
        loaded = pipeline.inputs()
        parameters = {name: to_plain(value) for name, value in catalog.load("parameters").items()}
        record = find_record(pipeline, catalog)
        if record:
            now = {name: parameters.get(name) for name in list_recorded(record, pipeline)}
            if model := now.pop("model", None):
                now["is_classifier"] = Model.model_validate(model).is_classifier
            check_parameters(record, now)
        names_columns = loaded & {"params:features", "params:y_label"}
        if "model" in loaded and names_columns and "features" in catalog:
            check_model(catalog.load("features"), parameters, record)
        loads_search = "members" in loaded and "sweep_summary" in catalog
        summary = catalog.load("sweep_summary") if loads_search else None
        self._runs[run_params["run_id"]] = _Run(catalog, parameters, record, summary)

    @hook_impl
    def before_node_run(self, inputs: dict[str, Any], run_id: str) -> None:
        """Check the tables that a node has loaded.

        Args:
            inputs: The inputs of the node.
            run_id: Kedro's ID of the run.

        Raises:
            InputError: If a table is not the one that was saved, or if the models in the ensemble come
                from a search on another table or with other parameters.
        """
        if (run := self._runs.get(run_id)) is None:
            return
        if run.record:
            for name in inputs.keys() & TABLES:
                file = str(getattr(run.catalog[name], "_filepath", name))
                check_table(inputs[name], run.record, name, file)
        if run.summary and "train" in inputs:
            check_search(run.summary, inputs["train"], run.catalog.load("means"), run.parameters)

    @hook_impl
    def after_pipeline_run(self, run_params: dict[str, Any]) -> None:
        """Forget the run.

        Args:
            run_params: Kedro's description of the run.
        """
        self._runs.pop(run_params["run_id"], None)

    @hook_impl
    def on_pipeline_error(self, run_params: dict[str, Any]) -> None:
        """Forget the run.

        Args:
            run_params: Kedro's description of the run.
        """
        self._runs.pop(run_params["run_id"], None)


def find_record(pipeline: Pipeline, catalog: CatalogProtocol[Any, Any]) -> dict[str, Any] | None:
    """Find the record of how the tables that a run loads were made.

    Args:
        pipeline: The pipeline that will run.
        catalog: Holds the record.

    Returns:
        What `describe_tables` returned. None if the run makes its tables itself, or if the catalog has
        no entry for a record.

    Raises:
        InputError: If the catalog has an entry but there is no record.
    """
    if RECORD not in catalog or not pipeline.inputs().intersection(TABLES):
        return None
    if not catalog.exists(RECORD):
        raise InputError(
            f"There is no record of how the training and test tables were made ('{RECORD}' in "
            f"conf/base/catalog.yml). {REMEDY}"
        )
    record: dict[str, Any] = catalog.load(RECORD)
    return record


def list_recorded(record: dict[str, Any] | None, pipeline: Pipeline) -> list[str]:
    """List the parameters that the tables depend on, if the run reads or records them.

    Args:
        record: What `find_record` returned.
        pipeline: The pipeline that will run.

    Returns:
        Their names.
    """
    names = [*record["parameters"], "model"] if record else []
    return [name for name in names if {"parameters", f"params:{name}"} & pipeline.inputs()]


def check_model(
    description: dict[str, Any], parameters: dict[str, Any], record: dict[str, Any] | None
) -> None:
    """Check that a model was trained on the columns that the parameters name.

    Args:
        description: What the model was trained with.
        parameters: All parameters of this run, as plain values.
        record: What `find_record` returned; it says which columns `features: null` means.

    Raises:
        InputError: If it was trained with others.
    """
    now = {"y_label": parameters["y_label"], "features": parameters["features"]}
    if now["features"] is None and record:
        others = (now["y_label"], parameters["split"]["column"])
        columns = record["tables"]["train"]["columns"]
        now["features"] = [name for name in columns if name not in others]
    for name, value in now.items():
        if value not in (None, description[name]):
            raise InputError(
                f"The model was trained with {name} {description[name]}, but this run has {value}: "
                "train it again, or undo the change."
            )


def check_search(
    summary: dict[str, Any], train: pd.DataFrame, means: dict[str, float], parameters: dict[str, Any]
) -> None:
    """Check that the ensemble's models come from the search that this run's parameters describe.

    Args:
        summary: The tracked `sweep_summary` of the search that they come from.
        train: Training rows, features and target.
        means: The values that fill missing values, by feature.
        parameters: All parameters of this run, as plain values.

    Raises:
        InputError: If they come from another search.
    """
    given = _validate(STUDY_PARAMETERS, parameters)
    listed = parameters["features"]
    features = None if listed is None else FeatureNames.model_validate(listed)
    preparation = prepare_rows(train, means, features, given["split"], given["y_label"])
    candidates = choose_candidates(**_validate(CANDIDATES, parameters), explain=False)
    configurations = configure_candidates(candidates, train, preparation, **given)
    studies = [configuration.study_name for configuration in configurations.values()]
    ensemble = Ensemble.model_validate(parameters["ensemble"])
    differences: dict[str, tuple[list[Any], list[Any]]] = {
        "of study": ([found["study"] for found in summary["candidates"]], studies),
        "with ensemble.size": ([summary["ensemble_size"]], [ensemble.size]),
    }
    for what, (before, now) in differences.items():
        if before != now:
            raise InputError(
                f"The chosen models come from a search {what} {_list(before)}, but this run's "
                f"parameters describe a search {what} {_list(now)}: run the search again, or undo the "
                "change."
            )


def _list(values: list[Any]) -> str:
    return ", ".join(map(str, values))


def _validate(kinds: dict[str, type[ClearErrors]], parameters: dict[str, Any]) -> dict[str, Any]:
    return {name: kind.model_validate(parameters[name]) for name, kind in kinds.items()}
