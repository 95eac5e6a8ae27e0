"""Whole runs in copies of the project: what each writes, and what another run adds."""

import json
import pickle
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from kedro.framework.session import KedroSession
from matplotlib.figure import Figure
from optuna.trial import TrialState
from pandas.testing import assert_frame_equal
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score
from sklearn.model_selection import cross_val_score

from wine_sweep.__main__ import main

from tests.conftest import DATA, FEATURES, SWEEP, Project, read_yaml
from tests.test_catalog import FIGURES, TRACKED
from tests.test_main import DP_FILES


def output(project: Project, name: str) -> Path:
    """The path of a file that the search wrote."""
    return project.path / "data/07_model_output" / name


def read_json(path: Path) -> Any:
    return json.loads(path.read_text())


def read_part(project: Project, name: str) -> pd.DataFrame:
    return pd.read_parquet(project.path / "data/05_model_input" / f"{name}.parquet")


def load_model(project: Project) -> Any:
    """Load the model of the last run."""
    return pickle.loads(project.versions("model.pkl")[-1].read_bytes())


def build_best_forest(project: Project) -> RandomForestClassifier:
    """Make the estimator that the best trial asks for."""
    best_params = read_json(output(project, "best_params.json"))
    return RandomForestClassifier(**best_params, random_state=DATA["random_seed"])


def test_a_run_logs_the_best_score_and_the_same_seed_gives_the_same_trials(
    project: Project, finished: Project, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    project.run_here("dp", "ds", to_outputs=["best_params"])
    assert "Best accuracy 0." in caplog.text
    [trials], [others] = project.studies().values(), finished.studies().values()
    assert {trial.state for trial in trials} == {TrialState.COMPLETE}
    assert [(trial.params, trial.value) for trial in trials] == [
        (trial.params, trial.value) for trial in others
    ]


def test_a_run_splits_the_table_without_a_leak(finished: Project, table: pd.DataFrame) -> None:
    train, test = read_part(finished, "train"), read_part(finished, "test")
    assert (len(train), len(test)) == (112, 28)
    different = table[[*FEATURES, "size"]].drop_duplicates()
    expected = different.fillna(different.loc[train.index, FEATURES].mean())
    assert_frame_equal(pd.concat([train, test]).sort_index(), expected, check_dtype=False)


def test_the_best_value_of_a_run_is_the_cross_val_score_of_its_params(finished: Project) -> None:
    train = read_part(finished, "train")
    score = cross_val_score(build_best_forest(finished), train[FEATURES], train["size"], cv=SWEEP["cv"])
    summary = read_json(finished.versions("sweep_summary.json")[0])
    [trials] = finished.studies().values()
    assert summary["best_value"] == score.mean() == max(trial.value or 0 for trial in trials)


def test_the_out_of_fold_predictions_give_the_best_value(
    finished: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(finished.path)
    table = KedroSession.create(finished.path).load_context().catalog.load("out_of_fold_predictions")
    train = read_part(finished, "train")
    assert sorted(table.index) == sorted(train.index)
    assert table["y_true"].tolist() == train["size"].loc[table.index].tolist()
    is_right = table["y_pred"] == table["y_true"]
    summary = read_json(finished.versions("sweep_summary.json")[0])
    assert is_right.groupby(table["fold"]).mean().mean() == pytest.approx(summary["best_value"])
    assert np.allclose(table[[f"probability_{name}" for name in "LMS"]].sum(axis=1), 1)


def test_the_model_is_the_best_forest_trained_on_all_training_rows_and_takes_raw_rows(
    finished: Project, table: pd.DataFrame
) -> None:
    train, test = read_part(finished, "train"), read_part(finished, "test")
    expected = build_best_forest(finished).fit(train[FEATURES], train["size"])
    model = load_model(finished)
    assert model["model"].get_params() == expected.get_params()
    assert list(model.predict(test)) == list(expected.predict(test[FEATURES]))
    # With missing values, more columns, and in another order.
    filled = table[FEATURES].fillna(train[FEATURES].mean())
    raw = table[table.columns[::-1]].assign(note="from the cellar")
    assert np.array_equal(model.predict_proba(raw), expected.predict_proba(filled))


def test_the_model_comes_with_its_card_and_the_schema_of_its_features(finished: Project) -> None:
    version = finished.versions("model.pkl")[0].parent.name
    [card] = [path for path in finished.versions("model_card.json") if path.parent.name == version]
    [schema] = [path for path in finished.versions("schema.yml") if path.parent.name == version]
    metrics = read_json(finished.versions("test_metrics.json")[0])
    assert read_json(card)["metrics"]["test"] == metrics
    assert read_json(card)["classes"] == ["L", "M", "S"]
    assert list(read_yaml(schema)["columns"]) == FEATURES


def test_the_pipeline_inference_predicts_new_rows(finished: Project, table: pd.DataFrame) -> None:
    models = finished.versions("model.pkl")
    rows = table[FEATURES].head(5)
    rows.to_csv(finished.path / "data/01_raw/new_samples.csv", index=False)
    finished.run_here("inference")
    predictions = pd.read_csv(output(finished, "predictions.csv"), index_col="row")
    model = load_model(finished)
    assert predictions["prediction"].tolist() == list(model.predict(rows))
    probabilities = predictions[[f"probability_{name}" for name in model.classes_]]
    assert np.array_equal(probabilities, model.predict_proba(rows))
    assert (
        predictions["prediction_set"].str.split(" | ", regex=False).explode().isin(model.classes_).all()
    )
    assert finished.versions("model.pkl") == models


def test_a_run_ends_with_its_tracked_datasets(finished: Project) -> None:
    tracked = {name: read_json(finished.versions(f"{name}.json")[0]) for name in TRACKED}
    predictions = pd.read_csv(output(finished, "test_predictions.csv"), index_col="row")
    assert tracked["test_details"]["intervals"].keys() == tracked["test_metrics"].keys()
    assert tracked["test_metrics"]["acc"] == accuracy_score(predictions["y_true"], predictions["y_pred"])
    assert tracked["run_parameters"]["sweep.n_trials"] == tracked["sweep_summary"]["n_complete"] == 6
    assert tracked["features"]["features"] == FEATURES
    assert tracked["features"]["best_params"] == read_json(output(finished, "best_params.json"))


@pytest.mark.parametrize("name", FIGURES)
def test_a_run_ends_with_a_figure_of(name: str, finished: Project) -> None:
    if pictures := finished.versions(f"{name}.png"):
        assert pictures[0].read_bytes().startswith(b"\x89PNG")
    else:
        assert read_json(finished.versions(f"{name}.json")[0])["data"]


def test_running_again_adds_no_trial_and_gives_the_same_model(
    finished: Project, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    studies, models = finished.studies(), finished.versions("model.pkl")
    finished.run_here("dp", "ds")
    assert "already has 6 trials." in caplog.text
    assert finished.studies() == studies
    first, again = models[-1], finished.versions("model.pkl")[-1]
    assert again != first
    assert again.read_bytes() == first.read_bytes()


def test_a_run_may_start_at_a_node(finished: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    studies, models = finished.studies(), finished.versions("model.pkl")
    monkeypatch.chdir(finished.path)
    main(["--pipeline=ds", "--from-nodes=data_science.train_model"], standalone_mode=False)
    assert len(finished.versions("model.pkl")) == len(models) + 1
    assert finished.studies() == studies


def test_reporting_runs_alone(finished: Project) -> None:
    figures, models = finished.versions("slice.json"), finished.versions("model.pkl")
    finished.run_here("reporting")
    assert len(finished.versions("slice.json")) == len(figures) + 1
    assert finished.versions("model.pkl") == models


def test_a_run_with_nothing_changed_takes_over_the_model_and_all_pictures(
    finished: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise AssertionError("This run has nothing to train and nothing to draw.")

    # As a program, which the processes of the tests may not be.
    monkeypatch.setattr(sys.modules["__main__"], "__file__", "kedro", raising=False)
    finished.run_here()  # it keeps its results, and all code, which counts, is loaded
    monkeypatch.setattr(RandomForestClassifier, "fit", refuse)
    monkeypatch.setattr(Figure, "savefig", refuse)
    finished.run_here()
    for name in ("model.pkl", "test_metrics.json", "permutation_importance.png", "slice.json"):
        *_, before, last = (file.read_bytes() for file in finished.versions(name))
        assert last == before


def test_data_processing_runs_alone_and_then_data_science(project: Project) -> None:
    project.run_here("dp")
    written = [path for path in (project.path / "data").rglob("*") if path.is_file()]
    made = sorted(path.name for path in written if "01_raw" not in path.parts)
    assert made == sorted([".run.lock", "session_store.db", *DP_FILES])
    project.run_here("ds", sweep={"n_trials": 3, "cv": 2})
    assert project.versions("test_metrics.json")
    assert not project.versions("slice.json")
