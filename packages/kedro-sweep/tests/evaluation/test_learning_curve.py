"""The score of more training rows tells whether still more would help."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t as student
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import cross_val_score
from sklearn.neighbors import KNeighborsClassifier

from kedro_sweep.errors import InputError
from kedro_sweep.evaluation.learning_curve import measure_learning_curve
from kedro_sweep.search import StudyConfiguration

Configure = Callable[..., StudyConfiguration]
MODEL = KNeighborsClassifier(1)


def test_all_rows_have_the_score_of_cross_val_score(configure: Configure) -> None:
    configuration = configure(cv=4)
    table, _ = measure_learning_curve(configuration, MODEL, [0.5])
    n_rows = len(configuration.y)
    assert table.index.tolist() == [0.5, 1.0]
    assert table["rows"].tolist() == pytest.approx([n_rows * 3 / 8, n_rows * 3 / 4], abs=1)
    scores = cross_val_score(MODEL, configuration.X, configuration.y, cv=4)
    assert table["score"][1.0] == scores.mean()
    # The folds share rows: 1/4 + 1/3 instead of 1/4 (Nadeau and Bengio 2003).
    expected = np.sqrt((1 / 4 + 1 / 3) * scores.var(ddof=1))
    assert table["standard_error"][1.0] == pytest.approx(expected, rel=0.01)


def test_the_gain_is_that_of_all_rows_over_the_next_smaller_share(configure: Configure) -> None:
    configuration = configure(cv=4)
    table, gain = measure_learning_curve(configuration, MODEL, [0.2, 0.5])
    assert gain.value == pytest.approx(table["score"][1.0] - table["score"][0.5])
    assert gain.value - gain.low == pytest.approx(gain.high - gain.value)
    # With three degrees of freedom; the errors of the two scores bound that of their difference.
    most = student.ppf(0.975, 3) * table["standard_error"][[0.5, 1.0]].sum()
    assert 0 < gain.high - gain.value <= most


def test_less_may_be_better(configure: Configure) -> None:
    more, less = (
        measure_learning_curve(configure(direction=direction), MODEL, [0.3])[1].value
        for direction in ("maximize", "minimize")
    )
    assert more == -less


@pytest.mark.parametrize(("share", "is_clear"), [(0.025, True), (0.9, False)])
def test_a_gain_is_clear_where_rows_are_few(share: float, is_clear: bool, configure: Configure) -> None:
    random = np.random.default_rng(0)
    X = pd.DataFrame(random.normal(size=(400, 10))).rename(columns="x{}".format)
    y = (X.sum(axis=1) + random.normal(size=400)).rename("y")
    model = {"class": "sklearn.tree.DecisionTreeRegressor"}
    space = {"max_depth": {"type": "int", "low": 1, "high": 9}}
    configuration = configure((X, y), model=model, search_space=space, scoring="r2", cv=5)
    _, gain = measure_learning_curve(configuration, LinearRegression(), [share])
    assert (gain.low > 0) == is_clear


def test_a_share_of_too_few_rows_is_left_out(
    configure: Configure, caplog: pytest.LogCaptureFixture
) -> None:
    configuration, model = configure(cv=4), KNeighborsClassifier(60)
    table, _ = measure_learning_curve(configuration, model, [0.1, 0.5])
    assert table.index.tolist() == [0.5, 1.0]
    assert "the model cannot be scored with a share of 0.1. ValueError: Expected n_neigh" in caplog.text
    with pytest.raises(InputError, match=r"with a share of 0.1. ValueError: .* Give larger shares"):
        measure_learning_curve(configuration, model, [0.1])


def test_groups_stay_whole(configure: Configure) -> None:
    configuration = configure()
    groups = pd.Series(np.arange(len(configuration.y)) // 2, configuration.y.index)
    seen = []

    class Watching(KNeighborsClassifier):  # type: ignore[misc]
        def fit(self, X: pd.DataFrame, y: pd.Series) -> Any:
            seen.append(groups[X.index])
            return super().fit(X, y)

    measure_learning_curve(replace(configuration, groups=groups), Watching(), [0.7])
    assert len(seen) == 6
    assert all((rows.value_counts() > 1).mean() > 0.9 for rows in seen)
