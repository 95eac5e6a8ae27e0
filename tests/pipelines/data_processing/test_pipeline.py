"""The data processing pipeline runs alone on the raw table."""

from typing import Any

import numpy as np
import pandas as pd
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner
from kedro_sweep.search import Model, RandomSeed
from kedro_sweep.tables import DroppedNames, Duplicates, Impute, Split, TargetName, TestFraction

from wine_sweep.pipelines import data_processing

TYPES: dict[str, Any] = {
    "drop": DroppedNames,
    "split": Split,
    "y_label": TargetName,
    "frac": TestFraction,
    "duplicates": Duplicates,
    "impute": Impute,
    "random_seed": RandomSeed,
    "model": Model,
}


def test_the_raw_table_becomes_two_tables_without_gaps(
    wine: pd.DataFrame, features: list[str], parameters: dict[str, Any]
) -> None:
    raw = wine.mask(wine == wine["pH"].mode()[0])
    assert raw["pH"].isna().any()
    given = {f"params:{name}": kind.model_validate(parameters[name]) for name, kind in TYPES.items()}
    values = {"raw": raw, "params:features": None} | given
    catalog = DataCatalog({name: MemoryDataset(value) for name, value in values.items()})
    pipeline = data_processing.create_pipeline()
    outputs = SequentialRunner().run(pipeline.to_outputs("train", "test"), catalog)
    train, test = outputs["train"].load(), outputs["test"].load()
    assert (len(train), len(test)) == (865, 153)
    for part in (train, test):
        assert list(part.columns) == [*features, parameters["y_label"]]
        assert np.isfinite(part.to_numpy()).all()


def test_a_run_that_only_loads_the_tables_finds_what_they_depend_on() -> None:
    pipeline = data_processing.create_pipeline()
    [node] = [node for node in pipeline.nodes if node.outputs == ["split_record"]]
    parameters = {name for name in pipeline.inputs() if name.startswith("params:")}
    assert parameters <= set(node.inputs)
    assert pipeline.outputs() == {"raw_schema", "split_record", "data_summary", "row_groups"}
