import subprocess
from contextlib import chdir
from pathlib import Path

import mlflow
import pandas as pd
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from tests.tracking.conftest import copy_project, run_project

FIGURES = {
    "optimization_history.html",
    "parallel_coordinate.html",
    "param_importances.html",
    "slice.html",
    "test_confusion_matrix.png",
    "train_confusion_matrix.png",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    project = copy_project(tmp_path_factory.mktemp("mlflow") / "a project")
    subprocess.run(["git", "init", "--quiet", project], check=True)
    subprocess.run(
        ["git", "-c", "user.name=A", "-c", "user.email=a@b.c", "commit", "-qm", "x", "--allow-empty"],
        cwd=project,
        check=True,
    )
    return project


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("elsewhere")


@pytest.fixture(scope="module")
def version(project: Path, elsewhere: Path) -> str:
    with chdir(elsewhere):
        return run_project(project, env="mlflow")


@pytest.fixture(scope="module")
def client(project: Path, version: str) -> MlflowClient:
    uri = f"sqlite:///{project}/data/09_tracking/mlflow.db"
    mlflow.set_tracking_uri(uri)
    return MlflowClient(uri)


@pytest.fixture(scope="module")
def run(client: MlflowClient) -> Run:
    experiment = client.get_experiment_by_name("kedro_sweep")
    assert experiment is not None
    (run,) = client.search_runs([experiment.experiment_id])
    return run


@pytest.fixture(scope="module")
def trials(project: Path, version: str) -> pd.DataFrame:
    return pd.read_csv(project / "data/07_model_output/trials.csv", float_precision="round_trip")


def test_the_run_has_the_name_that_kedro_gives_it_and_is_finished(run: Run, version: str) -> None:
    assert run.info.run_name == version
    assert run.info.status == "FINISHED"


def test_all_parameters_are_recorded_one_by_one(run: Run) -> None:
    assert {
        "frac": "0.15",
        "random_seed": "42",
        "y_label": "quality",
        "model.class": "sklearn.ensemble.RandomForestClassifier",
        "search_space.max_depth.high": "20",
        "sweep.n_trials": "4",
        "sweep.sampler.class": "TPESampler",
    }.items() <= run.data.params.items()
    assert "fixed acidity" in run.data.params["features"]


def test_tags_tell_the_commit_the_study_the_pipeline_and_the_environment(
    run: Run, project: Path
) -> None:
    commit = subprocess.check_output(["git", "rev-parse", "HEAD"], cwd=project, text=True).strip()
    assert run.data.tags["mlflow.source.git.commit"] == commit
    assert run.data.tags["sweep.study"].startswith("RandomForestClassifier-")
    assert run.data.tags["pipeline"] == "__default__"
    assert run.data.tags["env"] == "mlflow"


def test_both_sets_of_metrics_are_those_of_the_tracked_files(
    run: Run, project: Path, version: str
) -> None:
    for part in ("train", "test"):
        (file,) = (project / "data/09_tracking" / f"{part}_metrics.json").glob(f"{version}/*.json")
        saved = pd.read_json(file, typ="series", precise_float=True)
        assert set(saved.index) == {"acc", "balanced_acc", "f1_macro"}
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
    run: Run, client: MlflowClient, project: Path
) -> None:
    assert run.outputs is not None
    (logged,) = run.outputs.model_outputs
    model = mlflow.pyfunc.load_model(f"models:/{logged.model_id}")
    test = pd.read_csv(project / "data/05_model_input/test.csv", index_col="row")
    predictions = pd.read_csv(project / "data/07_model_output/test_predictions.csv", index_col="row")
    names = model.metadata.signature.inputs.input_names()
    assert names[0] == "fixed acidity"
    assert list(model.predict(test[names])) == list(predictions["y_pred"])
    with pytest.raises(mlflow.MlflowException, match="missing inputs"):
        model.predict(test[names[1:]])


def test_everything_lies_beneath_the_tracking_folder(
    project: Path, elsewhere: Path, client: MlflowClient
) -> None:
    assert (project / "data/09_tracking/mlartifacts").is_dir()
    assert not {"mlruns", "mlartifacts", "mlflow.db"} & {path.name for path in project.iterdir()}
    assert not list(elsewhere.iterdir())


def test_a_failed_run_is_recorded_as_failed(project: Path, client: MlflowClient) -> None:
    with pytest.raises(Exception, match="no such column"):
        run_project(project, env="mlflow", features=["no such column"])
    runs = client.search_runs(["1"], filter_string="attributes.status = 'FAILED'")
    assert [run.data.params["features"] for run in runs] == ["['no such column']"]


def test_a_pipeline_can_be_left_out(project: Path, client: MlflowClient) -> None:
    before = len(client.search_runs(["1"]))
    config = project / "conf/mlflow/mlflow.yml"
    kept = config.read_text()
    config.write_text(kept.replace("tracking:\n", "tracking:\n  disable_tracking: {pipelines: [dp]}\n"))
    run_project(project, "dp", env="mlflow")
    config.write_text(kept)
    assert len(client.search_runs(["1"])) == before


def test_without_the_environment_nothing_is_recorded(project: Path, client: MlflowClient) -> None:
    before = len(client.search_runs(["1"]))
    run_project(project, "dp")
    assert len(client.search_runs(["1"])) == before
