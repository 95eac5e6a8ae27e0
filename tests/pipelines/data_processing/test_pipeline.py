"""The data processing pipeline runs alone on the raw table."""

from typing import Any

import numpy as np
import pandas as pd
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner
from kedro_sweep.search import Sweep
from kedro_sweep.tables import Data

from wine_sweep.pipelines import data_processing


def test_the_raw_table_becomes_two_tables_without_gaps(
    wine: pd.DataFrame, features: list[str], parameters: dict[str, Any]
) -> None:
    raw = wine.mask(wine == wine["pH"].mode()[0])
    assert raw["pH"].isna().any()
    values = {
        "raw": raw,
        "params:data": Data.model_validate(parameters["data"]),
        "params:sweep": Sweep.model_validate(parameters["sweep"]),
    }
    catalog = DataCatalog({name: MemoryDataset(value) for name, value in values.items()})
    pipeline = data_processing.create_pipeline()
    outputs = SequentialRunner().run(pipeline.to_outputs("train", "test"), catalog)
    train, test = outputs["train"].load(), outputs["test"].load()
    assert (len(train), len(test)) == (865, 153)
    for part in (train, test):
        assert list(part.columns) == [*features, parameters["data"]["y_label"]]
        assert np.isfinite(part.to_numpy()).all()


def test_the_library_records_what_the_tables_contain() -> None:
    pipeline = data_processing.create_pipeline()
    assert pipeline.inputs() == {"raw", "params:data", "params:sweep"}
    assert pipeline.outputs() == {"raw_schema", "split_record", "data_summary", "row_groups"}
