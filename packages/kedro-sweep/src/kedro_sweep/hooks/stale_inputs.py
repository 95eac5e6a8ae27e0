"""Stop a run that would use tables made with other parameters than it records."""

from typing import Any

from kedro.framework.hooks import hook_impl
from kedro.io import CatalogProtocol
from kedro.pipeline import Pipeline

from kedro_sweep.search import Model
from kedro_sweep.tables import check_split, check_table
from kedro_sweep.tracking.parameters import to_plain

SPLIT = "split"
PARTS = ("train", "test")
PARAMETERS = ("frac", "random_seed", "y_label", "features", "model")


class StaleInputHooks:
    """Compare the tables that a run loads with what was recorded when they were made."""

    def __init__(self) -> None:
        """Check nothing before a run has begun: another process may load tables for it."""
        self._files: dict[str, str] = {}

    @hook_impl
    def before_pipeline_run(self, pipeline: Pipeline, catalog: CatalogProtocol[Any, Any]) -> None:
        """Check the parameters before the first node.

        Args:
            pipeline: The pipeline that will run.
            catalog: Gives the parameters, and the record of the split.

        Raises:
            InputError: If the tables were made with other parameters.
        """
        self._files = {}
        tables = pipeline.inputs().intersection(PARTS)
        if SPLIT not in catalog or not tables:
            return
        parameters = {name: to_plain(value) for name, value in catalog.load("parameters").items()}
        now = {name: parameters[name] for name in list_split_parameters(pipeline)}
        if model := now.pop("model", None):
            now["stratified"] = Model.model_validate(model).is_classifier
        self._split = catalog.load(SPLIT)
        check_split(self._split, now)
        self._files = {part: str(getattr(catalog[part], "_filepath", part)) for part in tables}

    @hook_impl
    def after_dataset_loaded(self, dataset_name: str, data: Any) -> None:
        """Check a table when it has been read.

        Args:
            dataset_name: Name of the dataset.
            data: What was read.

        Raises:
            InputError: If it is not the table that was written.
        """
        if dataset_name in self._files:
            check_table(data, self._split, dataset_name, self._files[dataset_name])


def list_split_parameters(pipeline: Pipeline) -> list[str]:
    """List the parameters that the tables of a run depend on, as far as the run reads or records them.

    Args:
        pipeline: The pipeline that will run.

    Returns:
        Their names; none if the run makes its tables itself.
    """
    inputs = pipeline.inputs()
    if not inputs.intersection(PARTS):
        return []
    return [name for name in PARAMETERS if {"parameters", f"params:{name}"} & inputs]
