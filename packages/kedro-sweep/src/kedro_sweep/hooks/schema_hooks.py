"""Check new rows against the schema of the model version that makes the predictions."""

from typing import Any

from kedro.framework.hooks import hook_impl
from kedro.io import CatalogProtocol, DataCatalog
from kedro.pipeline import Pipeline

from kedro_sweep.datasets.model_dataset import ModelDataset
from kedro_sweep.datasets.schema_validator import pin_schemas

MODEL = "model"


class SchemaHooks:
    """Let `--load-versions model:VERSION` choose the schema as well."""

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
        if MODEL not in loaded or not isinstance(catalog, DataCatalog):
            return
        model = catalog[MODEL]
        if loaded & catalog.validator_specs.keys() and isinstance(model, ModelDataset):
            pin_schemas(catalog, model.find_version())
