"""Any table gives a correct result, or one clear error that names the column and the remedy."""

import datetime
import os
import warnings
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner
from kedro_sweep.errors import InputError
from kedro_sweep.evaluation import Decision
from kedro_sweep.search import Sweep
from kedro_sweep.tables import Data
from kedro_sweep.tables._profile import profile_table
from optuna.artifacts import FileSystemArtifactStore
from optuna.storages import InMemoryStorage

from wine_sweep.pipelines import data_processing, data_science

EXAMPLES = int(os.environ.get("HYPOTHESIS_EXAMPLES", "5"))

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
LEAVES = {"type": "int", "low": 1, "high": 4}
SWEEP = {
    "search_space": {"min_samples_leaf": LEAVES},
    "n_trials": 1,
    "cv": 2,
    "sampler": {"class": "RandomSampler"},
    "pruner": {"class": "NopPruner"},
}
WHOLE_PIPELINE = data_processing.create_pipeline() + data_science.create_pipeline()
# Whether the tables are evaluated, too.
PIPELINES = {
    False: WHOLE_PIPELINE.to_outputs("model", "test"),
    True: WHOLE_PIPELINE.to_outputs("model", "test", "findings"),
}
MODELS = {True: "sklearn.tree.DecisionTreeClassifier", False: "sklearn.tree.DecisionTreeRegressor"}


BAD = {"any numbers", "mixed", "lists", "spans of time", "complex"}
GOOD = [kind for kind in COLUMNS if kind not in BAD]
GOOD_TARGETS = {True: ["two texts", "whole", "booleans"], False: ["numbers", "whole"]}


def mostly(usual: st.SearchStrategy[Any], rare: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Draw the rare in one case of eight."""
    return st.integers(0, 7).flatmap(lambda number: rare if number == 7 else usual)


@st.composite
def tables(draw: st.DrawFn) -> tuple[pd.DataFrame, bool]:
    """Draw a table, its last column the target, and whether the model for it is a classifier."""
    is_classifier = draw(st.booleans())
    any_kind, good = st.sampled_from(list(COLUMNS)), st.sampled_from(GOOD_TARGETS[is_classifier])
    n_rows = draw(mostly(st.integers(12, 40), st.integers(0, 3)))
    kinds = draw(st.lists(mostly(st.sampled_from(GOOD), any_kind), min_size=1, max_size=3))
    kinds.append(draw(mostly(good, any_kind)))
    numbered = [f"{kind} {number}" for number, kind in enumerate(kinds)]
    names = draw(mostly(st.just(numbered), st.just(kinds)))  # two of the latter may be equal
    parts = []
    for kind in kinds:
        values, dtype = COLUMNS[kind]
        cells = draw(st.lists(values, min_size=n_rows, max_size=n_rows))
        parts.append(pd.Series(cells, dtype=dtype or (None if cells else "object")))
    return pd.concat(parts, axis=1).set_axis(names, axis=1), is_classifier


class Kept(MemoryDataset):
    """Stays after all nodes have read it."""

    def _release(self) -> None:
        pass


def run(raw: pd.DataFrame, is_classifier: bool, evaluates: bool) -> tuple[Any, pd.DataFrame]:
    """Split, search and refit in memory, and evaluate; return the model and the test rows."""
    sweep = {"model": {"class": MODELS[is_classifier]}, "untuned_boosting": evaluates}
    with TemporaryDirectory() as folder:
        catalog = make_catalog(FileSystemArtifactStore(folder), raw, sweep)
        catalog["model"], catalog["test"] = kept = Kept(), Kept()
        SequentialRunner().run(PIPELINES[evaluates], catalog)
    model, test = (dataset.load() for dataset in kept)
    return model, test


def make_catalog(
    store: FileSystemArtifactStore, raw: pd.DataFrame, sweep: dict[str, Any]
) -> DataCatalog:
    values: dict[str, Any] = {
        "raw": raw,
        "study_storage": InMemoryStorage(),
        "prediction_store": store,
        "neptune_run": None,
        "params:data": Data(
            y_label=raw.columns[-1], frac=0.25, duplicates="auto", impute="mean", random_seed=1
        ),
        "params:decision": Decision(),
        "params:sweep": Sweep.model_validate(SWEEP | sweep),
    }
    # Without copies, every node sees the same studies.
    return DataCatalog(
        {name: MemoryDataset(value, copy_mode="assign") for name, value in values.items()}
    )


def check_message(message: str) -> None:
    """Check that an error is one short line."""
    assert len(message) < 600
    assert "\n" not in message
    assert message.endswith(".")


PROPERTY = settings(max_examples=EXAMPLES, deadline=None, derandomize=True, database=None)


@PROPERTY
@given(tables(), st.integers(0, 4))
def test_a_table_gives_a_right_result_or_one_clear_error(
    drawn: tuple[pd.DataFrame, bool], number: int
) -> None:
    raw, is_classifier = drawn
    evaluates = number == 4  # one table of five: its estimates take as long as all else
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # small tables make scikit-learn and skrub talk
            model, test = run(raw, is_classifier, evaluates)
            predictions, again = model.predict(raw), model.predict(test)
    except InputError as error:
        check_message(str(error))
        return
    target = raw[raw.columns[-1]]
    assert len(predictions) == len(raw)
    if is_classifier:
        assert test[target.name].tolist() == target[test.index].tolist()
    else:
        assert test[target.name].tolist() == target[test.index].astype(float).tolist()
    # The test rows are the raw rows, with their gaps filled.
    assert again.tolist() == predictions[raw.index.get_indexer(test.index)].tolist()
    if is_classifier:
        assert set(predictions) <= set(target.dropna())
    else:
        assert np.isfinite(predictions.astype(float)).all()


@PROPERTY
@given(tables())
def test_a_table_is_looked_over_or_refused_with_one_clear_error(
    drawn: tuple[pd.DataFrame, bool],
) -> None:
    raw, _ = drawn
    target = raw.columns[-1]
    if not raw.columns.is_unique:
        return  # a file is refused before
    try:
        profile = profile_table(raw, target)
    except InputError as error:
        check_message(str(error))
        return
    assert [column.name for column in profile.columns] == list(raw.columns)
    assert target not in profile.left_out
    assert sum(profile.classes.values()) in (0, raw[target].notna().sum())
