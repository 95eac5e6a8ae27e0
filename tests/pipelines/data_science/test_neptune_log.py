import json
import logging
from pathlib import Path
from typing import Any

import neptune
import optuna
import pandas as pd
import pytest
from optuna.trial import TrialState
from sklearn.tree import DecisionTreeRegressor

from kedro_sweep.tables.parameters import FeatureNames, TargetName
from kedro_sweep.tracking.neptune.run_log import TrialLog, log_predictions
from kedro_sweep.tracking.neptune.export import export


@pytest.fixture
def neptune_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> neptune.Run:
    monkeypatch.setenv("NEPTUNE_DATA_DIRECTORY", str(tmp_path))
    return neptune.init_run(mode="offline", git_ref=False, source_files=[])


def read(run: neptune.Run, folder: Path) -> dict[str, Any]:
    run.stop()
    (path,) = export(folder, folder / "exported")
    content: dict[str, Any] = json.loads(path.read_text())
    return content


def finish(study: optuna.Study, log: TrialLog, *outcomes: float | TrialState) -> None:
    for outcome in outcomes:
        trial = study.ask()
        trial.suggest_int("depth", 1, 9)
        if isinstance(outcome, TrialState):
            finished = study.tell(trial, state=outcome)
        else:
            finished = study.tell(trial, outcome)
        log(study, finished)


@pytest.mark.parametrize("state", [TrialState.FAIL, TrialState.PRUNED])
def test_a_first_trial_without_a_value_neither_stops_the_study_nor_is_lost(
    neptune_run: neptune.Run, tmp_path: Path, state: TrialState, caplog: pytest.LogCaptureFixture
) -> None:
    study = optuna.create_study(direction="maximize")
    finish(study, TrialLog(neptune_run["sweep"]), state, 0.5, state, 0.7)
    run = read(neptune_run, tmp_path)
    assert run["fields"]["sweep/trials/trials/0/state"] == f"<TrialState.{state.name}: {state.value}>"
    assert run["fields"]["sweep/trials/trials/1/value"] == 0.5
    assert run["fields"]["sweep/best/value"] == 0.7
    assert run["fields"]["sweep/study/study_name"] == study.study_name
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


def test_each_trial_is_logged_once(neptune_run: neptune.Run, tmp_path: Path) -> None:
    study = optuna.create_study(direction="maximize")
    log = TrialLog(neptune_run)
    finish(study, log, 0.5, 0.7)
    log(study)
    series = read(neptune_run, tmp_path)["series"]["trials/values"]
    assert [(value["step"], value["value"]) for value in series] == [(0, 0.5), (1, 0.7)]


def test_a_trial_that_neptune_refuses_is_a_warning(
    neptune_run: neptune.Run, caplog: pytest.LogCaptureFixture
) -> None:
    study = optuna.create_study(direction="maximize")
    log = TrialLog(neptune_run)
    neptune_run.stop()
    finish(study, log, 0.5)
    assert "Trial 0 is not in Neptune" in caplog.text


def test_the_address_of_the_database_is_not_recorded(neptune_run: neptune.Run, tmp_path: Path) -> None:
    study = optuna.create_study(storage=f"sqlite:///{tmp_path}/secret.db", direction="maximize")
    finish(study, TrialLog(neptune_run), 0.5)
    assert "secret" not in json.dumps(read(neptune_run, tmp_path))


def test_a_regressor_has_its_own_metrics_and_a_picture(neptune_run: neptune.Run, tmp_path: Path) -> None:
    table = pd.DataFrame({"x": [1.0, 2.0, 3.0], "y": [1.5, 2.5, 3.5]})
    model = DecisionTreeRegressor(random_state=0).fit(table[["x"]], table["y"])
    log_predictions(neptune_run, "test", {"r2": 1.0}, model, table, FeatureNames(["x"]), TargetName("y"))
    run = read(neptune_run, tmp_path)
    assert run["fields"]["nodes/report/test_r2"] == 1.0
    assert Path(run["files"]["nodes/report/test_confusion_matrix"]).read_bytes()[1:4] == b"PNG"
