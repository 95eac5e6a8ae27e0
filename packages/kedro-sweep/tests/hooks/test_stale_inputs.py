"""A run that only loads the tables compares its parameters with those that made them."""

from typing import Any

import pandas as pd
import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import Pipeline, node, pipeline
from kedro_datasets.pandas import CSVDataset

from kedro_sweep.errors import InputError
from kedro_sweep.hooks import StaleInputHooks
from kedro_sweep.search import Model
from kedro_sweep.tables import describe_tables

TRAIN = pd.DataFrame({"a": [1.0, 2.0], "y": [0, 1]})


@pytest.fixture
def catalog(parameters: dict[str, Any]) -> DataCatalog:
    """Tables that were made with the parameters of this catalog."""
    parameters |= {"features": ["a"], "y_label": "y"}
    model = Model.model_validate(parameters["model"])
    split = describe_tables(TRAIN, TRAIN, model, features=["a"], y_label="y", frac=0.15)
    return DataCatalog(
        {
            "parameters": MemoryDataset(parameters),
            "split": MemoryDataset(split),
            "train": CSVDataset(filepath="data/train.csv"),
        }
    )


def make_pipeline(*, splits: bool) -> Pipeline:
    use = node(len, inputs="train", outputs="n", name="use")
    record = node(len, inputs="parameters", outputs="run_parameters", name="record")
    split = node(lambda raw: raw, inputs="raw", outputs="train", name="split")
    return pipeline([split, use, record] if splits else [use, record])


def test_the_parameters_that_made_the_tables_pass(catalog: DataCatalog) -> None:
    StaleInputHooks().before_pipeline_run(make_pipeline(splits=False), catalog)


def test_other_parameters_stop_the_run_before_its_first_node(
    catalog: DataCatalog, parameters: dict[str, Any]
) -> None:
    catalog["parameters"] = MemoryDataset(parameters | {"frac": 0.3})
    with pytest.raises(InputError, match=r"frac 0\.15 → 0\.3"):
        StaleInputHooks().before_pipeline_run(make_pipeline(splits=False), catalog)


def test_a_run_that_neither_reads_nor_records_a_parameter_may_change_it(
    catalog: DataCatalog, parameters: dict[str, Any]
) -> None:
    catalog["parameters"] = MemoryDataset(parameters | {"frac": 0.3})
    draws = make_pipeline(splits=False).only_nodes("use")
    StaleInputHooks().before_pipeline_run(draws, catalog)


def test_a_run_that_makes_the_tables_may_change_everything(
    catalog: DataCatalog, parameters: dict[str, Any]
) -> None:
    catalog["parameters"] = MemoryDataset(parameters | {"frac": 0.3})
    hooks = StaleInputHooks()
    hooks.before_pipeline_run(make_pipeline(splits=True), catalog)
    hooks.after_dataset_loaded("train", pd.DataFrame())


def test_a_model_of_other_columns_is_refused(catalog: DataCatalog, parameters: dict[str, Any]) -> None:
    catalog["features"] = MemoryDataset({"features": ["a", "b"], "y_label": "y"})
    evaluate = pipeline([node(len, inputs="model", outputs="n", name="evaluate")])
    with pytest.raises(InputError, match=r"trained with features \['a', 'b'\], .* has \['a'\]: train"):
        StaleInputHooks().before_pipeline_run(evaluate, catalog)


def test_a_table_that_was_cut_short_is_named_by_its_file(catalog: DataCatalog) -> None:
    hooks = StaleInputHooks()
    hooks.before_pipeline_run(make_pipeline(splits=False), catalog)
    with pytest.raises(InputError, match=r"data/train\.csv is not what was written: it has 1 rows"):
        hooks.after_dataset_loaded("train", TRAIN.head(1))
