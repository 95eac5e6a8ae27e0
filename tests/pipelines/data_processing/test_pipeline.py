"""The data processing pipeline runs alone on the raw table."""

from typing import Any

import numpy as np
import pandas as pd
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner
from kedro_sweep.search import Model, RandomSeed
from kedro_sweep.tables import FeatureNames, TargetName, TestFraction

from wine_sweep.pipelines import data_processing


def test_the_raw_table_becomes_two_tables_without_gaps(
    wine: pd.DataFrame, parameters: dict[str, Any]
) -> None:
    raw = wine.mask(wine == wine["pH"].mode()[0])
    assert raw["pH"].isna().any()
    values = {
        "raw": raw,
        "params:features": FeatureNames(parameters["features"]),
        "params:y_label": TargetName(parameters["y_label"]),
        "params:frac": TestFraction(parameters["frac"]),
        "params:random_seed": RandomSeed(parameters["random_seed"]),
        "params:model": Model.model_validate(parameters["model"]),
    }
    catalog = DataCatalog({name: MemoryDataset(value) for name, value in values.items()})
    pipeline = data_processing.create_pipeline()
    outputs = SequentialRunner().run(pipeline.to_outputs("train", "test"), catalog)
    train, test = outputs["train"].load(), outputs["test"].load()
    assert (len(train), len(test)) == (971, 172)
    for part in (train, test):
        assert list(part.columns) == [*parameters["features"], parameters["y_label"]]
        assert np.isfinite(part.to_numpy()).all()
