"""The data processing pipeline runs alone on the raw table."""

from typing import Any

import numpy as np
import pandas as pd
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner

from wine_sweep.pipelines.data_processing import create_pipeline
from kedro_sweep.tables.parameters import FeatureNames, TargetName, TestFraction
from kedro_sweep.search import Model, RandomSeed


def test_the_raw_table_becomes_two_tables_without_gaps(
    wine: pd.DataFrame, parameters: dict[str, Any]
) -> None:
    raw = wine.mask(wine == wine["pH"].mode()[0])
    assert raw["pH"].isna().any()
    values = {
        "raw": raw,
        "params:features": FeatureNames.model_validate(parameters["features"]),
        "params:y_label": TargetName.model_validate(parameters["y_label"]),
        "params:frac": TestFraction.model_validate(parameters["frac"]),
        "params:random_seed": RandomSeed.model_validate(parameters["random_seed"]),
        "params:model": Model.model_validate(parameters["model"]),
    }
    catalog = DataCatalog({name: MemoryDataset(value) for name, value in values.items()})
    outputs = SequentialRunner().run(create_pipeline(), catalog)
    train, test = outputs["train"].load(), outputs["test"].load()
    assert (len(train), len(test)) == (971, 172)
    for part in (train, test):
        assert list(part.columns) == [*parameters["features"], "quality"]
        assert np.isfinite(part.to_numpy()).all()
