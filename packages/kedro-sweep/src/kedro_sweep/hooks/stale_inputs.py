"""Stop a run that would use what earlier runs made with other parameters than this one records."""

from typing import Any

import pandas as pd
from kedro.framework.hooks import hook_impl
from kedro.io import CatalogProtocol
from kedro.pipeline import Pipeline

from kedro_sweep.errors import InputError
from kedro_sweep.search import Model, RandomSeed, SearchSpace, StudyConfiguration, Sweep
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

TABLES = ("train", "test")
# What a study depends on besides its table.
STUDY_PARAMETERS: dict[str, type[ClearErrors]] = {
    "y_label": TargetName,
    "split": Split,
    "duplicates": Duplicates,
    "impute": Impute,
    "model": Model,
    "search_space": SearchSpace,
    "sweep": Sweep,
    "random_seed": RandomSeed,
}
RECORD = "split_record"


class StaleInputHooks:
    """Compare the tables, parameters and models that a run loads with the parameters that it has."""

    def __init__(self) -> None:
        """Check nothing before a run has begun: another process may load tables for it."""
        self._record: dict[str, Any] | None = None
        self._study: str | None = None

    @hook_impl
    def before_pipeline_run(self, pipeline: Pipeline, catalog: CatalogProtocol[Any, Any]) -> None:
        """Check the parameters before the first node.

        Args:
            pipeline: The pipeline that will run.
            catalog: Gives the parameters, and what earlier runs recorded.

        Raises:
            InputError: If tables or a model were made with other parameters.
        """
        loaded = pipeline.inputs()
        self._catalog = catalog
        self._parameters = {name: to_plain(value) for name, value in catalog.load("parameters").items()}
        self._record = find_record(pipeline, catalog)
        if self._record:
            now = {name: self._parameters.get(name) for name in list_recorded(self._record, pipeline)}
            if model := now.pop("model", None):
                now["is_classifier"] = Model.model_validate(model).is_classifier
            check_parameters(self._record, now)
        names_columns = loaded & {"params:features", "params:y_label"}
        if "model" in loaded and names_columns and "features" in catalog:
            check_model(catalog.load("features"), self._parameters, self._record)
        self._study = None
        if "best_params" in loaded and "sweep_summary" in catalog:
            self._study = catalog.load("sweep_summary")["study"]

    @hook_impl
    def after_dataset_loaded(self, dataset_name: str, data: Any) -> None:
        """Check a table when it has been read.

        Args:
            dataset_name: Name of the dataset.
            data: What was read.

        Raises:
            InputError: If it is not the table that was written, or the best parameters are those of
                a search on another table or with other parameters.
        """
        if self._record and dataset_name in TABLES:
            file = str(getattr(self._catalog[dataset_name], "_filepath", dataset_name))
            check_table(data, self._record, dataset_name, file)
        if self._study and dataset_name == "train":
            check_study(self._study, data, self._catalog.load("means"), self._parameters)


def find_record(pipeline: Pipeline, catalog: CatalogProtocol[Any, Any]) -> dict[str, Any] | None:
    """Find the record of the tables that a run loads.

    Args:
        pipeline: The pipeline that will run.
        catalog: Holds the record.

    Returns:
        What `describe_tables` returned; None if the run makes its tables, or the catalog has no entry
        for a record.

    Raises:
        InputError: If there is an entry, and no record.
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
    """List the parameters that the tables of a run depend on, as far as the run reads or records them.

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
    """Check that a model sees the columns that the parameters name.

    Args:
        description: What the model was made of.
        parameters: All parameters of this run, as plain values.
        record: What `find_record` returned; it tells which columns `features: null` means.

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
                f"The model was trained with {name} {description[name]}, and this run has {value}: "
                "train it again, or undo the change."
            )


def check_study(
    name: str, train: pd.DataFrame, means: dict[str, float], parameters: dict[str, Any]
) -> None:
    """Check that the best parameters come from the search that this run's parameters describe.

    Args:
        name: The study that they come from.
        train: Training rows, features and target.
        means: What fills gaps, by feature.
        parameters: All parameters of this run, as plain values.

    Raises:
        InputError: If they come from another.
    """
    given: dict[str, Any] = {
        key: kind.model_validate(parameters[key]) for key, kind in STUDY_PARAMETERS.items()
    }
    listed = parameters["features"]
    features = None if listed is None else FeatureNames.model_validate(listed)
    preparation = prepare_rows(train, means, features, given["split"], given["y_label"])
    now = StudyConfiguration.from_table(train, preparation, **given).study_name
    if name != now:
        raise InputError(
            f"The best parameters come from study {name}, and the parameters of this run describe study "
            f"{now}: search again, or undo the change."
        )
