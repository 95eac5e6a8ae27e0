"""A saved model is opened by name where the library is installed, and brings its code elsewhere."""

import io
import pickle
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression, RidgeClassifier

from kedro_sweep.datasets import portable_pickle
from kedro_sweep.evaluation import make_deciding
from kedro_sweep.evaluation.ensemble import SoftVotingClassifier
from kedro_sweep.progress import tell_progress
from kedro_sweep.tables import Data, prepare_rows, take_raw_rows
from kedro_sweep.tables.kinds import to_numbers

DECISION: dict[str, Any] = {
    "calibration": {"calibrator": {"curves": [{"slope": 2.0, "intercept": 0.1}]}},
    "rule": {"costs": [[0, 1], [4, 0]]},
}


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    return pd.DataFrame({"size": np.arange(40.0), "weight": np.arange(40.0) % 7})


@pytest.fixture(scope="module")
def model(rows: pd.DataFrame) -> Any:
    """A model that needs much of this library: conversions, an ensemble, and what decides."""
    train = rows.assign(kind=["small", "large"] * 20)
    preparation = prepare_rows(train, {"size": 3.0}, Data(y_label="kind", impute="mean"))
    voting = SoftVotingClassifier([("line", LogisticRegression()), ("ridge", RidgeClassifier())])
    estimator = voting.fit(rows, train["kind"])
    return take_raw_rows(preparation, make_deciding(estimator, DECISION, rows, train["kind"]))


def save(model: Any) -> bytes:
    portable_pickle.dump(model, file := io.BytesIO())
    return file.getvalue()


def find_conversion(model: Any) -> Any:
    return model[0].transformers[0][1][0].func


def test_functions_and_classes_are_those_of_the_library_where_it_is_installed(model: Any) -> None:
    loaded = pickle.loads(save(model))
    assert find_conversion(loaded) is to_numbers
    assert type(loaded[-1]) is type(model[-1])


def test_a_model_predicts_the_same_where_the_library_is_not_installed(
    model: Any, rows: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved, plain, expected = save(model), pickle.dumps(model), model.predict_proba(rows)
    for name in [name for name in sys.modules if name.partition(".")[0] == "kedro_sweep"]:
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ModuleNotFoundError):
        pickle.loads(plain)
    loaded = pickle.loads(saved)
    assert find_conversion(loaded) is not to_numbers
    assert (loaded.predict_proba(rows) == expected).all()


def test_a_model_saved_by_an_earlier_version_is_opened(model: Any, rows: pd.DataFrame) -> None:
    loaded = portable_pickle.load(io.BytesIO(pickle.dumps(model)))
    assert (loaded.predict(rows) == model.predict(rows)).all()


def test_runs_in_threads_save_their_models_at_once(model: Any, rows: pd.DataFrame) -> None:
    with ThreadPoolExecutor(4) as threads:
        saved = [*threads.map(save, [model] * 8)]
    expected = model.predict_proba(rows)
    assert all((pickle.loads(each).predict_proba(rows) == expected).all() for each in saved)


def test_code_that_cannot_go_with_a_model_is_found_by_name_with_a_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    assert pickle.loads(save(tell_progress)) is tell_progress  # holds a lock
    assert "The model will only load where kedro_sweep is installed" in caplog.text
    assert "kedro_sweep.progress.tell_progress cannot be saved" in caplog.text


def test_a_function_without_a_name_of_its_own_goes_with_the_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    function: Any = lambda number: number + 1  # noqa: E731
    monkeypatch.setattr(function, "__module__", "kedro_sweep.progress")
    assert pickle.loads(save(function))(1) == 2


def test_the_packages_that_a_model_needs_are_found_inside_what_decides(model: Any) -> None:
    found = {name.partition(".")[0] for name in portable_pickle.find_modules(model)}
    assert {"sklearn", "scipy", "numpy", "pandas"} <= found
    assert "kedro_sweep" not in found
