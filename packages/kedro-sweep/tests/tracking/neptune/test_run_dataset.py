"""Nodes get the log of this run as `neptune_run`, and errors never stop the study."""

import json
import logging
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import neptune
import optuna
import pytest
from kedro.io import DataCatalog
from matplotlib.figure import Figure
from optuna.trial import TrialState

from kedro_sweep.tracking.neptune.run_dataset import NeptuneRunDataset, NeptuneRunLog

ReadRun = Callable[[neptune.Run], dict[str, Any]]


def finish(study: optuna.Study, log: NeptuneRunLog, *outcomes: float | TrialState) -> None:
    """Finish trials, each with a value or a state, and log them."""
    for outcome in outcomes:
        trial = study.ask()
        trial.suggest_int("depth", 1, 9)
        if isinstance(outcome, TrialState):
            finished = study.tell(trial, state=outcome)
        else:
            finished = study.tell(trial, outcome)
        log.log_trials(study, finished)


def test_without_a_run_it_is_none(data_directory: Path) -> None:
    entry = {"type": f"{NeptuneRunDataset.__module__}.NeptuneRunDataset"}
    catalog = DataCatalog.from_config({"neptune_run": entry})
    assert catalog.load("neptune_run") is None
    assert list(data_directory.iterdir()) == []


def test_a_copy_in_another_process_has_no_run(log: NeptuneRunLog, neptune_run: neptune.Run) -> None:
    dataset = NeptuneRunDataset()
    dataset.log = log
    # Kedro releases the dataset after each node that uses it.
    dataset.release()
    assert dataset.load() is log
    copy: NeptuneRunDataset = pickle.loads(pickle.dumps(dataset))
    assert copy.load() is None
    neptune_run.stop()


def test_a_value_is_assigned_to_a_field_as_to_a_run(
    log: NeptuneRunLog, neptune_run: neptune.Run, read_run: ReadRun
) -> None:
    log["seed"] = 42
    log["notes/author"] = "me"
    log["loss"].append(0.5)
    run = read_run(neptune_run)
    assert run["fields"]["kedro/seed"] == 42
    assert run["fields"]["kedro/notes/author"] == "me"
    assert [value["value"] for value in run["series"]["kedro/loss"]] == [0.5]


def test_an_evaluation_is_metrics_and_a_picture(
    log: NeptuneRunLog, neptune_run: neptune.Run, read_run: ReadRun
) -> None:
    figure = Figure()
    figure.subplots().plot([1, 2], [3, 4])
    log.log_evaluation("test", {"acc": 0.5, "balanced_acc": 0.25, "r2": 0.75}, figure)
    run = read_run(neptune_run)
    report = {path: value for path, value in run["fields"].items() if path.startswith("kedro/")}
    assert report == {
        "kedro/nodes/report/test_accuracy": 0.5,
        "kedro/nodes/report/test_balanced_accuracy": 0.25,
        "kedro/nodes/report/test_r2": 0.75,
    }
    picture = Path(run["files"]["kedro/nodes/report/test_confusion_matrix"])
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("state", [TrialState.FAIL, TrialState.PRUNED])
def test_a_first_trial_without_a_value_neither_stops_the_study_nor_is_lost(
    state: TrialState,
    log: NeptuneRunLog,
    neptune_run: neptune.Run,
    read_run: ReadRun,
    caplog: pytest.LogCaptureFixture,
) -> None:
    study = optuna.create_study(direction="maximize")
    finish(study, log, state, 0.5, state, 0.7)
    fields = read_run(neptune_run)["fields"]
    assert fields["kedro/trials/trials/0/state"] == f"<TrialState.{state.name}: {state.value}>"
    assert fields["kedro/trials/trials/1/value"] == 0.5
    assert fields["kedro/best/value"] == 0.7
    assert fields["kedro/study/study_name"] == study.study_name
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_each_trial_is_logged_once(
    log: NeptuneRunLog, neptune_run: neptune.Run, read_run: ReadRun
) -> None:
    study = optuna.create_study(direction="maximize")
    finish(study, log, 0.5, 0.7)
    log.log_trials(study)
    series = read_run(neptune_run)["series"]["kedro/trials/values"]
    assert [(value["step"], value["value"]) for value in series] == [(0, 0.5), (1, 0.7)]


def test_the_trials_of_another_candidate_have_a_place_of_their_own(
    log: NeptuneRunLog, neptune_run: neptune.Run, read_run: ReadRun
) -> None:
    first, second = (optuna.create_study(study_name=name, direction="maximize") for name in "ab")
    finish(first, log, 0.5)
    finish(second, log, 0.7)
    fields = read_run(neptune_run)["fields"]
    assert fields["kedro/trials/trials/0/value"] == 0.5
    assert fields["kedro/studies/b/trials/trials/0/value"] == 0.7


def test_a_trial_that_neptune_refuses_is_a_warning(
    log: NeptuneRunLog, neptune_run: neptune.Run, caplog: pytest.LogCaptureFixture
) -> None:
    study = optuna.create_study(direction="maximize")
    neptune_run.stop()
    finish(study, log, 0.5)
    assert "Trial 0 is not in Neptune" in caplog.text


def test_the_address_of_the_database_is_not_recorded(
    log: NeptuneRunLog, neptune_run: neptune.Run, read_run: ReadRun, tmp_path: Path
) -> None:
    study = optuna.create_study(storage=f"sqlite:///{tmp_path}/secret.db", direction="maximize")
    finish(study, log, 0.5)
    assert "secret" not in json.dumps(read_run(neptune_run))
