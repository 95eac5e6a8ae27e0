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


class StaleInputHooks:
    """Compare the tables that a run loads with what was recorded when they were made."""

    @hook_impl
    def before_pipeline_run(self, pipeline: Pipeline, catalog: CatalogProtocol[Any, Any]) -> None:
        """Check the parameters before the first node.

        Args:
            pipeline: The pipeline that will run.
            catalog: Gives the parameters, and the record of the split.

        Raises:
            InputError: If the tables were made with other parameters.
        """
        self._files: dict[str, str] = {}
        if SPLIT not in catalog or not pipeline.inputs().intersection(PARTS):
            return
        parameters = {name: to_plain(value) for name, value in catalog.load("parameters").items()}
        self._split = catalog.load(SPLIT)
        check_split(
            self._split,
            features=parameters["features"],
            y_label=parameters["y_label"],
            frac=parameters["frac"],
            random_seed=parameters["random_seed"],
            stratified=Model.model_validate(parameters["model"]).is_classifier,
        )
        self._files = {
            part: str(getattr(catalog[part], "_filepath", part))
            for part in pipeline.inputs().intersection(PARTS)
        }

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
