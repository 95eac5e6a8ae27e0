"""One call draws all figures of a model."""

from typing import Any

import pandas as pd
import pytest
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from kedro_sweep.report import figures as figures_module
from kedro_sweep.report.figures import MODEL_FIGURES, _importance, plot_model
from kedro_sweep.tables import Data


@pytest.mark.parametrize(
    ("estimator", "target", "scoring"),
    [
        (DecisionTreeClassifier(max_depth=2), "three", "accuracy"),
        (DecisionTreeRegressor(max_depth=2), "number", "r2"),
    ],
)
def test_every_figure_is_drawn(
    estimator: Any,
    target: str,
    scoring: str,
    fit: Any,
    rows: pd.DataFrame,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_importance, "MAX_REPEATS", 10)
    model = fit(estimator, target)
    summary = {"scoring": scoring, "direction": "maximize"}
    train, test = rows[::2], rows[1::2]
    *pictures, importances = plot_model(model, train, test, Data(y_label=target, random_seed=0), summary)
    assert set(importances) == set(rows.columns[:6])
    assert importances["size"]["value"] > importances["size"]["noise"] >= 0
    assert importances["size"]["effect"].startswith("↗")
    assert importances["note"]["effect"] == ""
    assert all(picture.image.startswith(b"\x89PNG") for picture in pictures)
    svgs = {name: picture.html for name, picture in zip(MODEL_FIGURES, pictures, strict=True)}
    assert all(svg.startswith("<h4>") and len(svg) < 150_000 for svg in svgs.values())
    assert "30 training rows" in svgs["train_confusion_matrix"]
    assert "30 test rows" in svgs["test_confusion_matrix"]
    assert "Permutation importance: size matters most" in svgs["permutation_importance"]


def test_large_tables_are_drawn_from_samples_that_the_titles_name(
    fit: Any, rows: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(figures_module, "SHOWN_ROWS", 20)
    model = fit(DecisionTreeClassifier(max_depth=2), "three", "size")
    summary = {"scoring": "accuracy", "direction": "maximize"}
    data = Data(y_label="three", random_seed=0)
    train, test, *_, curves, _ = plot_model(model, rows[:40], rows[40:], data, summary)
    assert "20 sampled training rows" in train.html
    assert f"{len(rows) - 40} test rows" in test.html
    assert f"{len(rows) - 40} test rows" in curves.html
