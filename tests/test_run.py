"""Whole runs in copies of the project: what each writes, and what another run adds."""

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pandas as pd
import pytest
import sklearn
from kedro_sweep.search import open_journal
from optuna.trial import TrialState
from pandas.testing import assert_frame_equal
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score, r2_score
from sklearn.model_selection import cross_val_score

from wine_sweep.__main__ import main

from tests.conftest import Project, read_yaml
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


def build_best_forest(project: Project, parameters: dict[str, Any]) -> RandomForestClassifier:
    """Make the estimator that the best trial asks for."""
    best_params = read_json(output(project, "best_params.json"))
    return RandomForestClassifier(**best_params, random_state=parameters["data"]["random_seed"])


def test_kedro_run_works_as_a_command(project: Project, finished: Project) -> None:
    # In a process, because the command, its exit code and its output matter here.
    printed = project.run("--params=sweep.n_trials=8")
    assert "8 of 8 trials, best 0." in printed
    assert "On 153 test rows, with 95% intervals: acc 0." in printed
    [trials] = project.studies().values()
    assert [trial.number for trial in trials] == list(range(8))
    assert {trial.state for trial in trials} == {TrialState.COMPLETE}
    # The same seed gives the same trials in every process.
    [others] = finished.studies().values()
    assert [(trial.params, trial.value) for trial in trials] == [
        (trial.params, trial.value) for trial in others
    ]


def test_the_best_value_of_a_run_is_the_cross_val_score_of_its_params(
    finished: Project, features: list[str], parameters: dict[str, Any]
) -> None:
    train = read_part(finished, "train")
    X, y = train[features], train["quality"]
    forest = build_best_forest(finished, parameters)
    summary = read_json(finished.versions("sweep_summary.json")[0])
    assert summary["best_value"] == cross_val_score(forest, X, y, cv=5, scoring="accuracy").mean()
    [trials] = finished.studies().values()
    assert summary["best_value"] == max(trial.value or 0 for trial in trials)


def test_a_run_ends_with_a_model_that_was_refitted_with_the_best_params(
    finished: Project, features: list[str], parameters: dict[str, Any]
) -> None:
    train, test = read_part(finished, "train"), read_part(finished, "test")
    expected = build_best_forest(finished, parameters).fit(train[features], train["quality"])
    model = load_model(finished)
    assert model["model"].get_params() == expected.get_params()
    assert type(model["model"].max_depth) is int
    assert list(model.predict(test)) == list(expected.predict(test[features]))


def test_the_model_predicts_raw_rows_with_gaps_in_another_order_and_with_more_columns(
    finished: Project, features: list[str], parameters: dict[str, Any], wine: pd.DataFrame
) -> None:
    train = read_part(finished, "train")
    forest = build_best_forest(finished, parameters).fit(train[features], train["quality"])
    rows = wine.drop(columns="quality").mask(wine == wine["alcohol"].mode()[0])
    assert rows["alcohol"].isna().any()
    filled = rows[features].fillna(train[features].mean())
    raw = rows[rows.columns[::-1]].assign(note="from the cellar")
    assert np.array_equal(load_model(finished).predict_proba(raw), forest.predict_proba(filled))


def test_the_card_of_the_model_says_what_the_run_made_it_of(
    finished: Project, features: list[str]
) -> None:
    file = finished.versions("model_card.json")[0]
    assert file.parent.name == finished.versions("model.pkl")[0].parent.name
    card = read_json(file)
    made = {name: read_json(finished.versions(f"{name}.json")[0]) for name in TRACKED}
    assert card["task"] == "classification"
    assert card["classes"] == [3, 4, 5, 6, 7, 8]
    assert (card["features"], card["target"]) == (dict.fromkeys(features, "float64"), "quality")
    assert card["versions"]["scikit-learn"] == sklearn.__version__
    best_params = read_json(output(finished, "best_params.json"))
    assert card["parameters"] == {"fixed": {}, "best": best_params}
    assert card["metrics"]["train"] == made["train_metrics"]
    assert card["metrics"]["test"] == made["test_metrics"]
    assert card["metrics"]["test_intervals"] == made["test_details"]["intervals"]
    for name in ("best_value", "corrected_value", "corrected_low", "corrected_high"):
        assert card["metrics"][name] == made["sweep_summary"][name]


def test_the_schema_of_the_model_names_its_features(finished: Project, features: list[str]) -> None:
    file = finished.versions("schema.yml")[0]
    assert file.parent.name == finished.versions("model.pkl")[0].parent.name
    columns = read_yaml(file)["columns"]
    assert list(columns) == features
    assert all(column["nullable"] for column in columns.values())  # the model fills gaps


def test_the_pipeline_inference_predicts_new_rows(finished: Project, wine: pd.DataFrame) -> None:
    models = finished.versions("model.pkl")
    rows = wine.drop(columns=["quality", "Id"]).head(5)
    rows.loc[1, "pH"] = np.nan
    rows.to_csv(finished.path / "data/01_raw/new_samples.csv", index=False)
    finished.run_here("inference")
    predictions = pd.read_csv(output(finished, "predictions.csv"), index_col="row")
    model = load_model(finished)
    assert predictions["prediction"].tolist() == list(model.predict(rows))
    probabilities = predictions[[f"probability_{quality}" for quality in model.classes_]]
    assert np.array_equal(probabilities, model.predict_proba(rows))
    assert finished.versions("model.pkl") == models


def test_a_run_ends_with_its_tracked_datasets(finished: Project, features: list[str]) -> None:
    tracked = {name: read_json(finished.versions(f"{name}.json")[0]) for name in TRACKED}
    predictions = pd.read_csv(output(finished, "test_predictions.csv"), index_col="row")
    of_classes = {"acc", "balanced_acc", "f1_macro"}
    assert set(tracked["train_metrics"]) == {*of_classes, "log_loss", "brier", "roc_auc"}
    assert tracked["test_details"]["intervals"].keys() == tracked["test_metrics"].keys()
    assert tracked["test_metrics"]["acc"] == accuracy_score(predictions["y_true"], predictions["y_pred"])
    assert tracked["run_parameters"]["sweep.n_trials"] == 8
    assert tracked["sweep_summary"]["n_complete"] == 8
    assert tracked["features"]["features"] == features
    assert tracked["features"]["best_params"] == read_json(output(finished, "best_params.json"))


def test_a_study_says_what_it_depends_on_and_names_its_score(finished: Project) -> None:
    storage = open_journal(str(output(finished, "studies.journal")))
    [summary] = optuna.get_all_study_summaries(storage)
    attributes = summary.user_attrs["configuration"]
    assert attributes["model"] == "sklearn.ensemble.RandomForestClassifier"
    assert (attributes["rows"], attributes["target"]) == (865, "quality")
    assert (attributes["scoring"], attributes["direction"]) == ("accuracy", "maximize")
    # Short texts, which a dashboard can show.
    assert summary.user_attrs["data"] == "865 rows, 11 features, target quality"
    assert summary.user_attrs["score"] == "accuracy, maximize"
    assert summary.user_attrs["versions"] == f"scikit-learn {sklearn.__version__}"
    assert optuna.load_study(study_name=summary.study_name, storage=storage).metric_names == ["accuracy"]


@pytest.mark.parametrize("name", FIGURES)
def test_a_run_ends_with_a_figure_of(name: str, finished: Project) -> None:
    if pictures := finished.versions(f"{name}.png"):
        assert pictures[0].read_bytes().startswith(b"\x89PNG")
    else:
        assert read_json(finished.versions(f"{name}.json")[0])["data"]


def test_a_run_splits_the_wines_without_a_leak(finished: Project, wine: pd.DataFrame) -> None:
    train, test = read_part(finished, "train"), read_part(finished, "test")
    assert (len(train), len(test)) == (865, 153)
    different = wine.drop(columns="Id").drop_duplicates()
    assert_frame_equal(pd.concat([train, test]).sort_index(), different, check_dtype=False)


def test_running_again_adds_no_trial_and_gives_the_same_model(
    finished: Project, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    studies, models = finished.studies(), finished.versions("model.pkl")
    finished.run_here("dp", "ds")
    assert "already has 8 trials and sweep.n_trials is 8; no new trial runs" in caplog.text
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


def test_data_processing_runs_alone(project: Project) -> None:
    project.run_here("dp")
    written = [path for path in (project.path / "data").rglob("*") if path.is_file()]
    made = sorted(path.name for path in written if "01_raw" not in path.parts)
    assert made == sorted([".run.lock", "session_store.db", *DP_FILES])


def test_data_science_runs_alone(project: Project) -> None:
    project.run_here("dp")
    project.run_here("ds", sweep={"n_trials": 3, "cv": 2})
    assert project.versions("test_metrics.json")
    assert not project.versions("slice.json")


def test_a_regressor_is_a_matter_of_yaml(project: Project) -> None:
    project.configure(
        sweep={
            "model": {"class": "sklearn.ensemble.RandomForestRegressor"},
            "n_trials": 3,
            "cv": 2,
        }
    )
    project.run_here()
    [name] = project.studies()
    assert name.startswith("RandomForestRegressor-")
    assert read_json(project.versions("sweep_summary.json")[0])["scoring"] == "r2"
    predictions = pd.read_csv(output(project, "test_predictions.csv"))
    metrics = read_json(project.versions("test_metrics.json")[0])
    assert set(metrics) == {"r2", "mae", "rmse"}
    expected = r2_score(predictions["y_true"], predictions["y_pred"])
    assert metrics["r2"] == pytest.approx(expected)
    assert project.versions("test_confusion_matrix.png")


def test_labels_may_be_text(project: Project, wine: pd.DataFrame) -> None:
    taste = wine["quality"].map({3: "poor", 4: "poor", 5: "fair", 6: "fair"}).fillna("very good")
    raw = wine.drop(columns="quality").assign(taste=taste)
    raw.to_csv(project.path / "data/01_raw/WineQT.csv", index=False)
    project.configure(
        data={"y_label": "taste"},
        sweep={"n_trials": 3, "cv": 2, "scoring": "balanced_accuracy"},
    )
    project.run_here("dp", "ds")
    predictions = pd.read_csv(output(project, "test_predictions.csv"))
    assert set(predictions["y_true"]) == {"poor", "fair", "very good"}
    assert set(predictions["y_pred"]) <= {"poor", "fair", "very good"}
    assert sorted(load_model(project).classes_) == ["fair", "poor", "very good"]
