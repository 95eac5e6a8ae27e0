"""The real commands, run in copies of the project as a user would run them."""

import json
import os
import pickle
import pty
import re
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import pandas as pd
import pytest
from optuna.storages import RDBStorage
from optuna.trial import FrozenTrial, TrialState
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import accuracy_score, r2_score
from sklearn.model_selection import cross_val_score

from tests.conftest import Project
from tests.test_project import FIGURES, TRACKED

FEW = "sweep.n_trials=8"
# No reuse, so that a trial takes long enough to be caught in the act.
SLOW = {"n_trials": 15, "reuse": False}


def output(project: Project, name: str) -> Path:
    """The path of a file that the search wrote."""
    return project.path / "data/07_model_output" / name


def read_json(path: Path) -> Any:
    return json.loads(path.read_text())


def outcomes(trials: list[FrozenTrial]) -> list[tuple[Any, ...]]:
    """All of the trials but the times."""
    return [(trial.number, trial.state, trial.value, trial.params) for trial in trials]


def load_model(project: Project) -> Any:
    return pickle.loads(project.versions("model.pkl")[-1].read_bytes())


def read_part(project: Project, name: str) -> pd.DataFrame:
    return pd.read_csv(project.path / "data/05_model_input" / name, index_col="row")


def finished_trials(project: Project) -> list[FrozenTrial]:
    """The finished trials of the only study, while it may be running."""
    return [
        trial for trials in project.studies().values() for trial in trials if trial.state.is_finished()
    ]


@pytest.fixture
def prepared(project: Project, finished: Project) -> Project:
    """A copy with the training and test tables of a run, but no study."""
    source, target = (copy.path / "data/05_model_input" for copy in (finished, project))
    target.mkdir()
    for part in ("train.csv", "test.csv"):
        (target / part).write_bytes((source / part).read_bytes())
    return project


def test_a_run_ends_with_a_study_of_exactly_its_trials(finished: Project) -> None:
    [trials] = finished.studies().values()
    assert [trial.number for trial in trials] == list(range(100))
    assert {trial.state for trial in trials} == {TrialState.COMPLETE}


def test_the_best_value_of_a_run_is_the_cross_val_score_of_its_params(
    finished: Project, parameters: dict[str, Any]
) -> None:
    train = read_part(finished, "train.csv")
    best_params = read_json(output(finished, "best_params.json"))
    estimator = RandomForestClassifier(**best_params, random_state=parameters["random_seed"])
    X, y = train[parameters["features"]], train["quality"]
    summary = read_json(finished.versions("sweep_summary.json")[0])
    assert summary["best_value"] == cross_val_score(estimator, X, y, cv=5, scoring="accuracy").mean()
    [trials] = finished.studies().values()
    assert summary["best_value"] == max(trial.value or 0 for trial in trials)


def test_a_run_ends_with_a_model_that_was_refitted_with_the_best_params(
    finished: Project, parameters: dict[str, Any]
) -> None:
    train = read_part(finished, "train.csv")
    best_params = read_json(output(finished, "best_params.json"))
    expected = RandomForestClassifier(**best_params, random_state=parameters["random_seed"])
    expected.fit(train[parameters["features"]], train["quality"])
    model = load_model(finished)
    assert model.get_params() == expected.get_params()
    assert type(model.max_depth) is int
    test = read_part(finished, "test.csv")[parameters["features"]]
    assert list(model.predict(test)) == list(expected.predict(test))


def test_a_run_ends_with_its_tracked_datasets(finished: Project, parameters: dict[str, Any]) -> None:
    tracked = {name: read_json(finished.versions(f"{name}.json")[0]) for name in TRACKED}
    predictions = pd.read_csv(output(finished, "test_predictions.csv"), index_col="row")
    assert set(tracked["train_metrics"]) == {"acc", "balanced_acc", "f1_macro"}
    assert tracked["test_metrics"]["acc"] == accuracy_score(predictions["y_true"], predictions["y_pred"])
    assert tracked["run_parameters"]["sweep.n_trials"] == 100
    assert tracked["sweep_summary"]["n_complete"] == 100
    assert tracked["features"]["features"] == parameters["features"]
    assert tracked["features"]["best_params"] == read_json(output(finished, "best_params.json"))


def test_a_run_ends_with_six_figures(finished: Project) -> None:
    for name in FIGURES:
        picture = name.endswith("_matrix")
        content = finished.versions(f"{name}.png" if picture else f"{name}.json")[0].read_bytes()
        if picture:
            assert content.startswith(b"\x89PNG")
        else:
            assert json.loads(content)["data"]


def test_a_run_splits_the_wines_without_a_leak(finished: Project, wine: pd.DataFrame) -> None:
    train, test = read_part(finished, "train.csv"), read_part(finished, "test.csv")
    assert (len(train), len(test)) == (971, 172)
    assert sorted([*train.index, *test.index]) == list(wine.index)
    assert "Id" not in train
    assert train["quality"].equals(wine["quality"][train.index].rename_axis("row"))


def test_running_again_adds_no_trial_and_gives_the_same_model(finished: Project) -> None:
    before = finished.studies()
    first = load_model(finished)
    printed = finished.run()
    assert "has 100 trials and sweep.n_trials asks for 100: none is run" in printed
    assert finished.studies() == before
    assert len(finished.versions("model.pkl")) >= 2
    features = read_part(finished, "test.csv").drop(columns="quality")
    again = load_model(finished)
    assert again is not first
    assert (again.predict_proba(features) == first.predict_proba(features)).all()


def test_reporting_runs_alone(finished: Project) -> None:
    before, models = len(finished.versions("slice.json")), finished.versions("model.pkl")
    finished.run("--pipeline", "reporting")
    assert len(finished.versions("slice.json")) == before + 1
    assert len(finished.versions("test_confusion_matrix.png")) == before + 1
    assert finished.versions("model.pkl") == models


def test_data_processing_runs_alone(project: Project) -> None:
    project.run("--pipeline", "dp")
    written = [path for path in (project.path / "data").rglob("*") if path.is_file()]
    made = sorted(path.name for path in written if "01_raw" not in path.parts)
    assert made == ["session_store.db", "test.csv", "train.csv"]


def test_a_total_on_the_command_line_may_be_raised_by_the_next(prepared: Project) -> None:
    printed = prepared.run("--pipeline", "ds", "--params", FEW)
    assert re.search(r"8 of 8 trials, best 0\.\d{4} \(trial \d\), time left 0:00:00", printed)
    [(name, first)] = prepared.studies().items()
    assert len(first) == 8
    prepared.run("--pipeline", "ds", "--params", "sweep.n_trials=12")
    [(same_name, second)] = prepared.studies().items()
    assert same_name == name
    assert len(second) == 12
    assert outcomes(second)[:8] == outcomes(first)
    assert prepared.versions("slice.json") == []


def test_two_fresh_runs_are_the_same(copy_project: Callable[[], Project]) -> None:
    one, other = copy_project(), copy_project()
    for project in (one, other):
        project.run("--params", FEW)
    assert {name: outcomes(trials) for name, trials in one.studies().items()} == {
        name: outcomes(trials) for name, trials in other.studies().items()
    }
    for name in ("test_predictions.csv", "best_params.json"):
        assert output(one, name).read_bytes() == output(other, name).read_bytes()
    for name in TRACKED:
        [left], [right] = (project.versions(f"{name}.json") for project in (one, other))
        assert left.read_bytes() == right.read_bytes()


def test_edited_parameters_start_another_study_and_keep_the_first(prepared: Project) -> None:
    prepared.configure(sweep={"n_trials": 4})
    prepared.run("--pipeline", "ds")
    [first] = prepared.studies()
    prepared.configure(features=["alcohol", "sulphates"])
    prepared.run("--pipeline", "ds")
    studies = prepared.studies()
    assert first in studies
    assert [len(trials) for trials in studies.values()] == [4, 4]
    features = read_json(prepared.versions("features.json")[-1])
    assert features["features"] == ["alcohol", "sulphates"]


def test_a_regressor_is_a_matter_of_yaml(project: Project) -> None:
    project.configure(
        model={"class": "sklearn.ensemble.RandomForestRegressor"},
        sweep={"scoring": "r2", "n_trials": 6},
    )
    project.run()
    [(name, trials)] = project.studies().items()
    assert name.startswith("RandomForestRegressor-")
    assert len(trials) == 6
    predictions = pd.read_csv(output(project, "test_predictions.csv"))
    metrics = read_json(project.versions("test_metrics.json")[0])
    assert set(metrics) == {"r2", "mae", "rmse"}
    assert metrics["r2"] == r2_score(predictions["y_true"], predictions["y_pred"])
    assert project.versions("test_confusion_matrix.png")


def test_labels_may_be_text(project: Project, wine: pd.DataFrame) -> None:
    taste = wine["quality"].map({3: "poor", 4: "poor", 5: "fair", 6: "fair"}).fillna("very good")
    raw = wine.drop(columns="quality").assign(taste=taste)
    raw.to_csv(project.path / "data/01_raw/WineQT.csv", index=False)
    project.configure(y_label="taste", sweep={"n_trials": 4, "scoring": "balanced_accuracy"})
    project.run()
    predictions = pd.read_csv(output(project, "test_predictions.csv"))
    assert set(predictions["y_true"]) == {"poor", "fair", "very good"}
    assert set(predictions["y_pred"]) <= {"poor", "fair", "very good"}
    assert sorted(load_model(project).classes_) == ["fair", "poor", "very good"]
    assert project.versions("test_confusion_matrix.png")


def test_a_database_among_the_credentials_keeps_the_study(prepared: Project) -> None:
    catalog = prepared.path / "conf/base/catalog.yml"
    entry = "  filepath: data/07_model_output/studies.journal\n"
    assert entry in catalog.read_text()
    catalog.write_text(catalog.read_text().replace(entry, "  credentials: study_database\n"))
    credentials = prepared.path / "conf/local/credentials.yml"
    credentials.write_text("study_database:\n  url: sqlite:///data/studies.db\n")
    prepared.run("--pipeline", "ds", "--params", FEW)
    assert prepared.studies() == {}
    storage = RDBStorage(f"sqlite:///{prepared.path}/data/studies.db")
    [summary] = optuna.get_all_study_summaries(storage)
    assert summary.n_trials == 8


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_trials_survive_a_kill_in_the_middle_of_a_sweep(n_jobs: int, prepared: Project) -> None:
    prepared.configure(sweep=SLOW | {"n_jobs": n_jobs})
    process = prepared.start("run", "--pipeline", "ds")
    while len(finished_trials(prepared)) < 5:
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    before = {trial.number: trial for trial in finished_trials(prepared)}
    assert process.returncode == -signal.SIGKILL
    assert 5 <= len(before) < 15
    prepared.run("--pipeline", "ds")
    [trials] = prepared.studies().values()
    assert [trial.number for trial in trials] == list(range(15))
    assert {trial.state for trial in trials} == {TrialState.COMPLETE}
    assert {number: trials[number] for number in before} == before


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_an_interrupted_run_keeps_its_trials_and_says_so(n_jobs: int, prepared: Project) -> None:
    prepared.configure(sweep=SLOW | {"n_jobs": n_jobs})
    process = prepared.start("run", "--pipeline", "ds")
    while len(finished_trials(prepared)) < 3:
        assert process.poll() is None, process.communicate()[0]
        time.sleep(0.02)
    before = finished_trials(prepared)
    os.killpg(process.pid, signal.SIGINT)
    printed = " ".join(process.communicate(timeout=60)[0].split())
    assert process.returncode == 1
    assert "Interrupted. Every finished trial is kept: run again to go on." in printed
    assert "Traceback" not in printed
    after = {trial.number: trial for trial in finished_trials(prepared)}
    assert len(after) < 15
    assert {trial.number: after[trial.number] for trial in before} == {t.number: t for t in before}


def test_a_terminal_shows_a_bar(prepared: Project) -> None:
    terminal, side = pty.openpty()
    process = prepared.start(
        "run", "--pipeline", "ds", "--params", FEW, stdout=side, stderr=side, stdin=side
    )
    os.close(side)
    chunks = []
    # Reading a terminal that its last process has left is an error.
    try:
        while chunk := os.read(terminal, 65536):
            chunks.append(chunk)
    except OSError:
        pass
    os.close(terminal)
    assert process.wait(timeout=60) == 0
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", b"".join(chunks).decode())
    assert re.search(r"Trials .*8/8 best 0\.\d{4} \(trial \d\)", text)
    assert " of 8 trials, best" not in text


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"sweep": {"n_trial": 5}}, "'sweep': n_trial: 5 is not allowed, there is no such key"),
        (
            {"model": {"params": {"max_depth": 3}}},
            "search_space.max_depth is also fixed under model.params",
        ),
        ({"features": ["pH", "proof"]}, "The raw table lacks the columns ['proof']"),
    ],
)
def test_a_mistake_stops_the_run_with_one_message_before_any_work(
    changes: dict[str, Any], message: str, project: Project
) -> None:
    project.configure(**changes)
    code, printed = project.kedro("run")
    assert code == 1
    assert message in printed
    assert "Traceback" not in printed
    # Only that it ran is on record.
    assert {path.name for path in (project.path / "data").iterdir()} <= {"01_raw", "09_tracking"}


def test_a_missing_table_stops_the_run_with_one_message(project: Project) -> None:
    (project.path / "data/01_raw/WineQT.csv").unlink()
    code, printed = project.kedro("run")
    assert code == 1
    assert "WineQT.csv" in printed
    assert "Put the file there, run the pipeline that makes it, or correct its entry in" in printed
    assert "Traceback" not in printed


def test_a_sweep_of_failures_stops_the_run_with_the_first_reason(prepared: Project) -> None:
    # Each is allowed by itself; only a fit finds that they exclude each other.
    prepared.configure(model={"params": {"bootstrap": False, "oob_score": True}}, sweep={"n_trials": 3})
    code, printed = prepared.kedro("run", "--pipeline", "ds")
    assert code == 1
    assert "None of the 3 trials of study RandomForestClassifier-" in printed
    assert "The first failed with ValueError: Out of bag estimation only available" in printed
    assert "Traceback" not in printed
    assert not output(prepared, "best_params.json").exists()
