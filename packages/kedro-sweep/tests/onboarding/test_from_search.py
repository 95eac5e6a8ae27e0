"""`kedro sweep use --from-search`: a search that began without the project continues in it."""

import pickle
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import optuna
import pandas as pd
import pytest
import yaml
from click.testing import CliRunner, Result
from optuna.artifacts import FileSystemArtifactStore
from sklearn.linear_model import Ridge
from sklearn.metrics import make_scorer, r2_score
from sklearn.pipeline import make_pipeline

from kedro_sweep import cli
from kedro_sweep.cli import _models
from kedro_sweep.notebook import SweepSearchCV, find_settings, tune
from kedro_sweep.search import open_journal

REPOSITORY = Path(__file__).parents[4]
TREE: dict[str, Any] = {
    "model": {"class": "sklearn.tree.DecisionTreeRegressor", "params": {"min_samples_leaf": 2}},
    "search_space": {"max_depth": {"type": "int", "low": 1, "high": 5}},
    "cv": 3,
    "untuned_boosting": False,
}


@pytest.fixture(scope="session")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path, numbers = tmp_path_factory.mktemp("table") / "flats.csv", np.random.default_rng(0)
    area = numbers.uniform(50, 200, 90).round(1)
    pd.DataFrame({"area": area, "rent": area * 3 + numbers.normal(0, 30, 90)}).to_csv(path, index=False)
    return path


@pytest.fixture(scope="session", params=["journal", "pickle"])
def search(
    request: pytest.FixtureRequest, table: Path, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The search of a notebook, in both forms."""
    path = tmp_path_factory.mktemp("search") / "search"
    is_journal = request.param == "journal"
    found = tune(
        table, "rent", models=None, n_trials=4, sweep=TREE, storage=path if is_journal else None
    )
    if not is_journal:
        path.write_bytes(pickle.dumps(found))
    return path


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for environment in ("base", "contest"):
        shutil.copytree(REPOSITORY / "conf" / environment, tmp_path / "conf" / environment)
    (tmp_path / "data/01_raw").mkdir(parents=True)
    return tmp_path


@pytest.fixture
def use(project: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    def load(name: str) -> Any:
        if name == "study_storage":
            return open_journal(str(project / "studies.journal"))
        (project / "predictions").mkdir(exist_ok=True)
        return FileSystemArtifactStore(project / "predictions")

    monkeypatch.setattr(_models, "load_catalog", lambda *_: SimpleNamespace(load=load))

    def use(*options: Any) -> Result:
        arguments = ["sweep", "use", *map(str, options)]
        return CliRunner().invoke(cli.commands, arguments, obj=SimpleNamespace(project_path=project))

    return use


def test_settings_trials_and_predictions_come_into_the_project(
    table: Path, search: Path, project: Path, use: Callable[..., Result]
) -> None:
    result = use(table, "--from-search", search)
    assert result.exit_code == 0, result.output
    data, sweep = (
        yaml.safe_load((project / "conf/base" / name).read_text())
        for name in ("parameters.yml", "parameters_data_science.yml")
    )
    assert data["data"]["y_label"] == "rent"
    assert {name: sweep["sweep"][name] for name in TREE} == TREE | {
        "model": TREE["model"] | {"preprocessing": "auto"}
    }
    assert sweep["sweep"]["n_trials"] == 4
    [summary] = optuna.get_all_study_summaries(open_journal(str(project / "studies.journal")))
    assert summary.n_trials == 4
    assert f"{summary.study_name}: 4 trials" in " ".join(result.output.split())
    assert len([*(project / "predictions").iterdir()]) >= 4


def test_the_same_again_changes_nothing(
    table: Path, search: Path, project: Path, use: Callable[..., Result]
) -> None:
    use(table, "--from-search", search)
    before = {path: path.read_bytes() for path in project.rglob("conf/*/*")}
    assert use("--from-search", search).exit_code == 0  # with the project's own table
    assert {path: path.read_bytes() for path in project.rglob("conf/*/*")} == before
    study = optuna.load_study(study_name=None, storage=open_journal(str(project / "studies.journal")))
    assert len(study.trials) == 4


def test_candidates_of_a_contest_become_those_of_the_environment(
    table: Path, project: Path, use: Callable[..., Result], tmp_path: Path
) -> None:
    tree = TREE["model"] | {"search_space": TREE["search_space"]}
    sweep = TREE | {"contest": {"turn": 1}, "ensemble": {"size": 2}}
    tune(table, "rent", models={"tree": tree}, n_trials=2, sweep=sweep, storage=tmp_path / "search")
    result = use(table, "--from-search", tmp_path / "search")
    assert result.output.rstrip().endswith("Next: kedro run --env contest")
    file = project / "conf/contest/parameters_data_science.yml"
    contest = yaml.safe_load(file.read_text())["sweep"]
    assert contest == {"models": {"tree": tree}, "ensemble": {"size": 2}, "search_rows_per_second": 500}
    base = yaml.safe_load((project / "conf/base/parameters_data_science.yml").read_text())["sweep"]
    assert (base["models"], base["contest"]) == ({}, {"turn": 1})


def test_other_rows_are_one_error_that_says_what_differs(
    table: Path, search: Path, project: Path, use: Callable[..., Result], tmp_path: Path
) -> None:
    before = {path: path.read_bytes() for path in project.rglob("*") if path.is_file()}
    pd.read_csv(table).head(60).to_csv(tmp_path / "fewer.csv", index=False)
    result = use(tmp_path / "fewer.csv", "--from-search", search)
    assert result.exit_code == 1
    assert "rows 76 → 51" in result.output
    (tmp_path / "fewer.csv").unlink()
    assert {path: path.read_bytes() for path in project.rglob("*") if path.is_file()} == before


def test_a_search_without_settings_or_another_file_is_refused(
    table: Path, tmp_path: Path, use: Callable[..., Result]
) -> None:
    journal = tmp_path / "other.journal"
    study = optuna.create_study(storage=open_journal(str(journal)))
    assert "which YAML cannot name" in use(table, "--from-search", journal).output
    settings = {"data": {"y_label": "rent"}, "sweep": {"model": {"class": "not_installed.Model"}}}
    study.set_user_attr("settings", settings)
    output = " ".join(use(table, "--from-search", journal).output.split())
    assert "'not_installed.Model' cannot be imported" in output
    assert "is neither a journal" in use(table, "--from-search", table).output


@pytest.mark.parametrize(
    ("options", "is_plain"),
    [
        ({}, True),
        ({"scoring": make_scorer(r2_score)}, False),
        ({"cv": [(np.arange(60), np.arange(60, 90))]}, False),
        ({"estimator": make_pipeline(Ridge())}, False),
    ],
)
def test_an_object_that_yaml_cannot_name_is_not_written(
    options: dict[str, Any], is_plain: bool, table: Path
) -> None:
    rows = pd.read_csv(table)
    how: dict[str, Any] = {"estimator": Ridge(), "search_space": {"alpha": (0.1, 1.0)}} | options
    found = SweepSearchCV(**how, n_trials=1, refit=False).fit(rows[["area"]], rows["rent"])
    settings = find_settings(found.study_._storage)
    assert bool(settings) == is_plain
    assert not is_plain or settings["data"] == {"y_label": "rent", "random_seed": 42}


def test_settings_keep_keys_that_are_numbers(table: Path) -> None:
    rows, weights = pd.read_csv(table), {0: 1, 1: 10}
    forest = {"class": "sklearn.tree.DecisionTreeClassifier", "params": {"class_weight": weights}}
    rows["rent"] = (rows["rent"] > rows["rent"].median()).astype(int)
    found = tune(rows, "rent", models=None, n_trials=1, sweep=TREE | {"model": forest})
    [study] = found.studies.values()
    assert find_settings(study._storage)["sweep"]["model"]["params"] == {"class_weight": weights}


def test_another_target_is_refused(table: Path, search: Path, use: Callable[..., Result]) -> None:
    result = use(table, "--target", "area", "--from-search", search)
    assert (result.exit_code, "predicts rent" in result.output) == (2, True)


def test_without_a_search_a_table_and_its_target_are_needed(
    table: Path, use: Callable[..., Result]
) -> None:
    assert use(table).exit_code == use("--target", "rent").exit_code == 2
