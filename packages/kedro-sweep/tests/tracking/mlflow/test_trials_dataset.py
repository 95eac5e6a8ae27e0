"""The trials of a study become the history of one metric, and nested runs where asked for."""

from datetime import datetime, timedelta
from math import nan

import optuna
import pandas as pd
import pytest
from kedro.io import DatasetError
from mlflow import MlflowClient
from mlflow.entities import Metric, Run

from kedro_sweep.search import tabulate_trials
from kedro_sweep.tracking.mlflow.trials_dataset import MlflowTrialsDataset


def make_trials(values: list[float | Exception | None], candidate: str = "tree") -> pd.DataFrame:
    study = optuna.create_study(direction="maximize")
    for value in values:
        trial = study.ask()
        trial.suggest_int("depth", 1, 9)
        if isinstance(value, Exception):
            trial.set_user_attr("error", str(value))
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
        elif value is None:
            study.tell(trial, state=optuna.trial.TrialState.PRUNED)
        else:
            study.tell(trial, value)
    return tabulate_trials({candidate: study})


def test_a_thousand_values_take_one_call(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    trials = pd.concat([make_trials([0.5])] * 2500, ignore_index=True)
    trials["number"] = range(2500)
    sizes = []
    log_batch = MlflowClient.log_batch

    def count(self: MlflowClient, run_id: str, metrics: list[Metric]) -> None:
        sizes.append(len(metrics))
        log_batch(self, run_id, metrics=metrics)

    monkeypatch.setattr(MlflowClient, "log_batch", count)
    MlflowTrialsDataset(key="score").save(trials)
    assert sizes == [1000, 1000, 500]
    history = MlflowClient().get_metric_history(run.info.run_id, "score")
    assert [metric.step for metric in history] == list(range(2500))


def test_trials_without_a_value_are_no_step(run: Run) -> None:
    MlflowTrialsDataset(key="score").save(make_trials([0.1, None, ValueError("no"), 0.4]))
    history = MlflowClient().get_metric_history(run.info.run_id, "score")
    assert [(metric.step, metric.value) for metric in history] == [(0, 0.1), (3, 0.4)]


def test_each_other_score_is_a_metric_of_its_own(run: Run) -> None:
    trials = make_trials([0.1, None, 0.4]).assign(score_f1_macro=[nan, nan, 0.3])
    MlflowTrialsDataset(key="trial_value").save(trials)
    history = MlflowClient().get_metric_history(run.info.run_id, "score_f1_macro")
    assert [(metric.step, metric.value) for metric in history] == [(2, 0.3)]


def test_each_candidate_has_a_history_of_its_own(run: Run) -> None:
    trials = pd.concat([make_trials([0.1, 0.2]), make_trials([0.3], "forest")], ignore_index=True)
    MlflowTrialsDataset(key="score", nested_runs=True).save(trials)
    client = MlflowClient()
    histories = {
        name: [metric.value for metric in client.get_metric_history(run.info.run_id, f"score.{name}")]
        for name in ("tree", "forest")
    }
    assert histories == {"tree": [0.1, 0.2], "forest": [0.3]}
    names = {str(nested.info.run_name) for nested in find_nested(run)}
    assert names == {"tree 0", "tree 1", "forest 0"}


def test_no_run_is_nested_unless_asked_for(run: Run) -> None:
    MlflowTrialsDataset(key="score").save(make_trials([0.1, 0.2]))
    assert not find_nested(run)


def test_each_trial_can_be_a_nested_run(run: Run) -> None:
    trials = make_trials([0.1, None, ValueError("no depth")])
    MlflowTrialsDataset(key="score", nested_runs=True).save(trials)
    nested = sorted(find_nested(run), key=lambda run: str(run.info.run_name))
    assert [run.info.run_name for run in nested] == ["trial 0", "trial 1", "trial 2"]
    assert [run.info.status for run in nested] == ["FINISHED", "KILLED", "FAILED"]
    assert [run.data.params["depth"] for run in nested] == list(trials["params_depth"].astype(str))
    assert [run.data.metrics for run in nested] == [{"score": 0.1}, {}, {}]
    assert nested[2].data.tags["error"] == "no depth"
    assert nested[0].info.start_time <= nested[0].info.end_time
    assert datetime.fromtimestamp(nested[0].info.start_time / 1000) == pytest.approx(
        trials["datetime_start"][0], abs=timedelta(milliseconds=1)
    )


def test_a_trial_that_still_waits_is_no_nested_run(run: Run) -> None:
    study = optuna.create_study(direction="maximize")
    study.tell(study.ask(), 0.1)
    study.enqueue_trial({"depth": 3})
    trials = tabulate_trials({"tree": study})
    MlflowTrialsDataset(key="score", nested_runs=True).save(trials)
    assert [nested.info.run_name for nested in find_nested(run)] == ["trial 0"]


def test_it_cannot_be_loaded() -> None:
    with pytest.raises(DatasetError, match="MlflowClient"):
        MlflowTrialsDataset(key="score").load()


def find_nested(run: Run) -> list[Run]:
    query = f"tags.`mlflow.parentRunId` = '{run.info.run_id}'"
    found: list[Run] = MlflowClient().search_runs([run.info.experiment_id], query)
    return found
