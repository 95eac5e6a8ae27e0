"""What `kedro run --env mlflow` records."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from kedro_sweep.errors import InputError
from mlflow import MlflowClient
from mlflow.entities import Run

from wine_sweep.__main__ import main

from tests.conftest import Project, read_yaml
from tests.repository.tracking.conftest import run_from

# More features would only make the figures take longer.
DROPPED = [
    "citric acid",
    "chlorides",
    "density",
    "fixed acidity",
    "residual sugar",
    "total sulfur dioxide",
]
FIGURES = {
    "optimization_history.html",
    "parallel_coordinate.html",
    "param_importances.html",
    "partial_dependence.png",
    "permutation_importance.png",
    "slice.html",
    "test_confusion_matrix.png",
    "test_curves.png",
    "train_confusion_matrix.png",
}


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the run was started."""
    return tmp_path_factory.mktemp("elsewhere")


@pytest.fixture(scope="module")
def tracked(copy_project: Callable[[], Project], elsewhere: Path) -> Project:
    """A project in a Git repository, after one run; tests may add runs."""
    project = copy_project()
    project.configure(data={"drop": DROPPED}, sweep={"n_trials": 4, "cv": 2})
    git = ["git", "-c", "user.name=Test", "-c", "user.email=test@example.com"]
    for command in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "Start"]):
        subprocess.run([*git, *command], cwd=project.path, check=True)
    with pytest.MonkeyPatch.context() as patch:
        # It would load the model in another process, to list packages that no test looks at.
        patch.setattr(mlflow.models, "infer_pip_requirements", lambda *_, fallback, **__: fallback)
        run_from(elsewhere, project, env="mlflow")
    return project


@pytest.fixture(scope="module")
def version(tracked: Project) -> str:
    """Kedro's name for the run, which is the version of what it saved."""
    return tracked.versions("test_metrics.json")[0].parent.name


@pytest.fixture(scope="module")
def client(tracked: Project) -> MlflowClient:
    uri = f"sqlite:///{tracked.path}/data/09_tracking/mlflow.db"
    mlflow.set_tracking_uri(uri)
    return MlflowClient(uri)


@pytest.fixture(scope="module")
def experiment(tracked: Project, client: MlflowClient) -> str:
    """The id of the experiment that mlflow.yml names."""
    config = read_yaml(tracked.path / "conf/mlflow/mlflow.yml")
    experiment = client.get_experiment_by_name(config["tracking"]["experiment"]["name"])
    assert experiment is not None
    return str(experiment.experiment_id)


@pytest.fixture(scope="module")
def run(client: MlflowClient, experiment: str, version: str) -> Run:
    [run] = client.search_runs([experiment], f"attributes.run_name = '{version}'")
    return run


@pytest.fixture(scope="module")
def trials(tracked: Project) -> pd.DataFrame:
    return pd.read_csv(tracked.path / "data/07_model_output/trials.csv", float_precision="round_trip")


def test_any_environment_with_the_trackers_file_is_tracked(
    tracked: Project, client: MlflowClient, experiment: str
) -> None:
    before = len(client.search_runs([experiment]))
    conf = tracked.path / "conf"
    (conf / "mlflow").rename(conf / "production")
    try:
        tracked.run_here("dp", env="production")
    finally:
        (conf / "production").rename(conf / "mlflow")
    assert len(client.search_runs([experiment])) == before + 1


def test_the_run_is_finished(run: Run) -> None:
    assert run.info.status == "FINISHED"


def test_all_parameters_are_recorded_one_by_one(run: Run) -> None:
    assert {
        "data.frac": "0.15",
        "data.random_seed": "42",
        "data.y_label": "quality",
        "data.features": "None",
        "data.split.kind": "random",
        "sweep.model.class": "sklearn.ensemble.RandomForestClassifier",
        "sweep.search_space.max_depth.high": "20",
        "sweep.n_trials": "4",
        "sweep.sampler.class": "TPESampler",
    }.items() <= run.data.params.items()


def test_tags_name_the_commit_the_study_the_pipeline_and_the_environment(
    run: Run, tracked: Project
) -> None:
    commit = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=tracked.path, text=True).strip()
    [study] = tracked.studies()
    assert run.data.tags["mlflow.source.git.commit"] == commit
    assert run.data.tags["sweep.study"] == study
    assert run.data.tags["pipeline"] == "__default__"
    assert run.data.tags["env"] == "mlflow"


def test_a_tag_names_the_command_that_was_given(
    tracked: Project, client: MlflowClient, experiment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Kedro takes the command from the command line of the process.
    options = ["--pipelines=dp", "--env", "mlflow", "--params", "data.random_seed=42"]
    monkeypatch.setattr(sys, "argv", ["kedro", "run", *options])
    monkeypatch.chdir(tracked.path)
    main(options, standalone_mode=False)
    newest, *_ = client.search_runs([experiment], order_by=["attributes.start_time DESC"])
    assert (
        newest.data.tags["kedro_command"]
        == "kedro run --pipelines=dp --env mlflow --params data.random_seed=42"
    )


@pytest.mark.parametrize("part", ["train", "test"])
def test_the_metrics_are_those_of_the_tracked_files(part: str, run: Run, tracked: Project) -> None:
    file = tracked.versions(f"{part}_metrics.json")[0]
    saved = pd.read_json(file, typ="series", precise_float=True)
    assert {"acc", "balanced_acc", "f1_macro", "log_loss"} < set(saved.index)
    for name, value in saved.items():
        assert run.data.metrics[f"{part}.{name}"] == value


def test_the_value_of_each_trial_is_a_step_of_one_metric(
    run: Run, client: MlflowClient, trials: pd.DataFrame
) -> None:
    history = client.get_metric_history(run.info.run_id, "trial_value")
    assert [(metric.step, metric.value) for metric in history] == list(
        zip(trials["number"], trials["value"], strict=True)
    )
    assert run.data.metrics["sweep.best_value"] == trials["value"].max()


def test_the_figures_and_the_table_of_trials_are_artifacts(
    run: Run, client: MlflowClient, trials: pd.DataFrame
) -> None:
    figures = client.list_artifacts(run.info.run_id, "figures")
    assert {Path(figure.path).name for figure in figures} == FIGURES
    assert all((figure.file_size or 0) > 1000 for figure in figures)
    table = pd.read_csv(client.download_artifacts(run.info.run_id, "trials.csv"))
    assert list(table["number"]) == list(trials["number"])


def test_the_model_predicts_as_the_project_does_and_has_a_signature(
    run: Run, tracked: Project, features: list[str]
) -> None:
    assert run.outputs is not None
    [logged] = run.outputs.model_outputs
    model = mlflow.pyfunc.load_model(f"models:/{logged.model_id}")
    test = pd.read_parquet(tracked.path / "data/05_model_input/test.parquet")
    output = tracked.path / "data/07_model_output"
    predictions = pd.read_csv(output / "test_predictions.csv", index_col="row")
    names = model.metadata.signature.inputs.input_names()
    assert names == [name for name in features if name not in DROPPED]
    assert list(model.predict(test[names])) == list(predictions["y_pred"])
    with pytest.raises(mlflow.MlflowException, match="missing inputs"):
        model.predict(test[names[1:]])


def test_everything_is_in_the_tracking_folder_of_the_project(
    run: Run, tracked: Project, elsewhere: Path
) -> None:
    assert (tracked.path / "data/09_tracking/mlartifacts").is_dir()
    assert not {"mlruns", "mlartifacts", "mlflow.db"} & {path.name for path in tracked.path.iterdir()}
    assert not list(elsewhere.iterdir())


def test_a_failed_run_is_recorded_as_failed(
    tracked: Project, client: MlflowClient, experiment: str
) -> None:
    with pytest.raises(InputError, match="no such column"):
        tracked.run_here(env="mlflow", data={"features": ["no such column"]})
    runs = client.search_runs([experiment], "attributes.status = 'FAILED'")
    assert [run.data.params["data.features"] for run in runs] == ["['no such column']"]


def test_a_pipeline_can_be_left_out(tracked: Project, client: MlflowClient, experiment: str) -> None:
    before = len(client.search_runs([experiment]))
    config = tracked.path / "conf/mlflow/mlflow.yml"
    kept = config.read_text()
    config.write_text(kept.replace("tracking:\n", "tracking:\n  disable_tracking: {pipelines: [dp]}\n"))
    tracked.run_here("dp", env="mlflow")
    config.write_text(kept)
    assert len(client.search_runs([experiment])) == before


def test_without_the_environment_nothing_is_recorded(
    tracked: Project, client: MlflowClient, experiment: str
) -> None:
    before = len(client.search_runs([experiment]))
    tracked.run_here("dp")
    assert len(client.search_runs([experiment])) == before
