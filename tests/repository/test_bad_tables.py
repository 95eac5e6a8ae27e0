"""Whatever table comes: a right result, or one clear error that names the column and the remedy."""

import datetime
import os
import warnings
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner
from kedro_sweep.errors import InputError
from kedro_sweep.search import Model, RandomSeed, SearchSpace, Sweep
from kedro_sweep.tables import DroppedNames, Duplicates, Impute, Split, TargetName, TestFraction
from optuna.storages import InMemoryStorage

from wine_sweep.pipelines import data_processing, data_science

EXAMPLES = int(os.environ.get("HYPOTHESIS_EXAMPLES", "50"))

ZONE = datetime.timezone(datetime.timedelta(hours=9))
DATES = st.datetimes(datetime.datetime(1990, 1, 1), datetime.datetime(2050, 1, 1))
WHOLE = st.integers(-5, 5)
GAP = st.none()

# What the cells of a column may be, and the type of the column; None leaves it to pandas.
COLUMNS: dict[str, tuple[Any, str | None]] = {
    "whole": (WHOLE, None),
    "numbers": (st.floats(-1e6, 1e6), "float64"),
    "numbers with gaps": (st.floats(-10, 10) | st.just(np.nan), "float64"),
    "any numbers": (st.floats(), "float64"),
    "huge": (st.integers(-(10**30), 10**30), "object"),
    "booleans": (st.booleans(), None),
    "booleans with gaps": (st.booleans() | GAP, "object"),
    "nullable": (WHOLE | GAP, "Int64"),
    "nullable booleans": (st.booleans() | GAP, "boolean"),
    "Arrow": (WHOLE | GAP, "int64[pyarrow]"),
    "Arrow text": (st.sampled_from(["a", "b"]) | GAP, "string[pyarrow]"),
    "two texts": (st.sampled_from(["yes", "no"]), "str"),
    "texts": (st.text(max_size=8) | GAP, "object"),
    "categories": (st.sampled_from(["low", "high"]) | GAP, "category"),
    "dates": (DATES | GAP, "datetime64[us]"),
    "dates with a zone": (DATES.map(lambda date: date.replace(tzinfo=ZONE)), None),
    "date texts": (DATES.map(lambda date: date.date().isoformat()) | GAP, "object"),
    "mixed": (WHOLE | st.text(max_size=3) | GAP, "object"),
    "lists": (st.lists(WHOLE, max_size=2), "object"),
    "constant": (st.just(7), None),
    "nothing": (GAP, "object"),
    "spans of time": (st.just(pd.Timedelta("1D")), None),
    "complex": (st.just(1j), None),
}
DEPTH = {"type": "int", "low": 1, "high": 4}
SWEEP = {
    "n_trials": 1,
    "cv": 2,
    "sampler": {"class": "RandomSampler"},
    "pruner": {"class": "NopPruner"},
}
MODELS = {True: "sklearn.tree.DecisionTreeClassifier", False: "sklearn.tree.DecisionTreeRegressor"}


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    """Draw a table of up to four columns, the last of them the target, perhaps with equal names."""
    n_rows = draw(st.integers(0, 3) | st.integers(8, 40))
    kinds = draw(st.lists(st.sampled_from(list(COLUMNS)), min_size=1, max_size=4))
    names = [f"{kind} {number}" for number, kind in enumerate(kinds)]
    if draw(st.integers(0, 9)) == 0:
        names = kinds
    parts = []
    for kind in kinds:
        values, dtype = COLUMNS[kind]
        cells = draw(st.lists(values, min_size=n_rows, max_size=n_rows))
        parts.append(pd.Series(cells, dtype=dtype or (None if cells else "object")))
    return pd.concat(parts, axis=1).set_axis(names, axis=1)


def run(raw: pd.DataFrame, is_classifier: bool) -> dict[str, Any]:
    """Split, search, refit and evaluate in memory; give what that made."""
    values: dict[str, Any] = {
        "raw": raw,
        "study_storage": InMemoryStorage(),
        "neptune_run": None,
        "params:features": None,
        "params:drop": DroppedNames([]),
        "params:split": Split(),
        "params:y_label": TargetName(raw.columns[-1]),
        "params:frac": TestFraction(0.25),
        "params:duplicates": Duplicates("drop"),
        "params:impute": Impute("mean"),
        "params:random_seed": RandomSeed(1),
        "params:model": Model.model_validate({"class": MODELS[is_classifier]}),
        "params:search_space": SearchSpace.model_validate({"max_depth": DEPTH}),
        "params:sweep": Sweep.model_validate(SWEEP),
    }
    catalog = DataCatalog({name: MemoryDataset(value) for name, value in values.items()})
    pipeline = data_processing.create_pipeline() + data_science.create_pipeline()
    outputs = SequentialRunner().run(pipeline.to_outputs("model", "test_predictions"), catalog)
    return {name: outputs[name].load() for name in ("model", "test_predictions")}


@settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None)
@given(tables(), st.booleans())
def test_a_table_gives_a_right_result_or_one_clear_error(raw: pd.DataFrame, is_classifier: bool) -> None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # small tables make scikit-learn and skrub talk
            made = run(raw, is_classifier)
            predictions = made["model"].predict(raw)
    except InputError as error:
        message = str(error)
        assert len(message) < 600
        assert "\n" not in message
        assert message.endswith(".")
        return
    target = raw[raw.columns[-1]]
    assert len(predictions) == len(raw)
    true = made["test_predictions"]["y_true"]
    assert true.tolist() == target[true.index].tolist()
    if is_classifier:
        assert set(predictions) <= set(target.dropna())
    else:
        assert np.isfinite(predictions.astype(float)).all()
