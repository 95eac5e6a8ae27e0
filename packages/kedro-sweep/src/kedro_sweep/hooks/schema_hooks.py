"""Predict with a complete version of the model, and check new rows against its schema."""

from typing import Any

from kedro.framework.hooks import hook_impl
from kedro.io import CatalogProtocol, DataCatalog
from kedro.pipeline import Pipeline

from kedro_sweep.datasets.model_dataset import ModelDataset
from kedro_sweep.datasets.schema_validator import pin_schemas

MODEL = "model"
# Runs that also load this use what other nodes of the newest run have saved, not only its model.
SUMMARY = "sweep_summary"


class SchemaHooks:
    """Let the version of the model, as in `--load-versions model:VERSION`, choose the schema as well."""

    @hook_impl
    def before_pipeline_run(self, pipeline: Pipeline, catalog: CatalogProtocol[Any, Any]) -> None:
        """Pin the schema to the version of the model.

        Args:
            pipeline: The pipeline that will run.
            catalog: Holds the model and the rows to predict, with their validator.

        Raises:
            InputError: If there is no model of that version.
        """
        loaded = pipeline.inputs()
        if MODEL not in loaded or SUMMARY in loaded or not isinstance(catalog, DataCatalog):
            return
        if isinstance(model := catalog[MODEL], ModelDataset):
            pin_schemas(catalog, model)
