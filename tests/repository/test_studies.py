"""What a study keeps from one run to the next."""

import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import optuna
import pandas as pd
import pytest
from click.testing import CliRunner
from kedro.framework.cli.cli import KedroCLI
from kedro_sweep.search import StudyConfiguration, Sweep
from kedro_sweep.search.study import _provenance as provenance
from kedro_sweep.tables import Data, find_means, prepare_rows, select_columns
from optuna.trial import FrozenTrial, TrialState

from wine_sweep.pipelines.data_processing.nodes import fill_gaps, split_table

from tests.conftest import Project, read_yaml
from tests.test_catalog import TRACKED

EARLIER = Path(__file__).parent / "data/studies_0.1.journal"


@pytest.fixture
def with_earlier_journal(prepared: Project) -> Project:
    """A copy whose journal was written by release 0.1, which put nothing but trials into a study."""
    journal = prepared.path / "data/07_model_output/studies.journal"
    journal.parent.mkdir()
    shutil.copy(EARLIER, journal)
    return prepared


def outcomes(trials: list[FrozenTrial]) -> list[tuple[Any, ...]]:
    """All of the trials but the times."""
    return [(trial.number, trial.state, trial.value, trial.params) for trial in trials]


def test_two_fresh_runs_are_the_same(
    copy_project: Callable[[], Project], monkeypatch: pytest.MonkeyPatch
) -> None:
    # However long the models happened to take, the verdict is the same.
    monkeypatch.setattr("kedro_sweep.evaluation.findings._search_rules.FASTER", math.inf)
    one, other = copy_project(), copy_project()
    for project in (one, other):
        project.run_here("dp", "ds", sweep={"n_trials": 2})
    assert {name: outcomes(trials) for name, trials in one.studies().items()} == {
        name: outcomes(trials) for name, trials in other.studies().items()
    }
    for name in ("model.pkl", *(f"{name}.json" for name in TRACKED)):
        [left], [right] = one.versions(name), other.versions(name)
        if name == "sweep_summary.json":  # which times how long the models take to predict
            summaries = [json.loads(found.read_text()) | {"fastest": None} for found in (left, right)]
            assert summaries[0] == summaries[1]
        else:
            assert left.read_bytes() == right.read_bytes()
    for name in ("test_predictions.csv", "best_params.json"):
        left, right = (project.path / "data/07_model_output" / name for project in (one, other))
        assert left.read_bytes() == right.read_bytes()


def test_the_study_of_the_example_keeps_its_name(
    root: Path, wine: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The name depends on the version of scikit-learn. With another name, nobody's study would continue.
    monkeypatch.setattr(provenance, "version", lambda _: "1.9.1")
    data = Data.model_validate(read_yaml(root / "conf/base/parameters.yml")["data"])
    sweep = Sweep.model_validate(read_yaml(root / "conf/base/parameters_data_science.yml")["sweep"])
    parts = split_table(select_columns(wine, data), data, sweep)
    means = find_means(parts[0], data)
    train, _ = fill_gaps(*parts, means)
    preparation = prepare_rows(train, means, data)
    configuration = StudyConfiguration.from_table(train, preparation, data, sweep)
    assert configuration.study_name == "quality-random_forest-0b9670e04261"


def test_a_database_among_the_credentials_keeps_the_study(prepared: Project) -> None:
    catalog = prepared.path / "conf/base/catalog.yml"
    entry = "  filepath: data/07_model_output/studies.journal\n"
    assert entry in catalog.read_text()
    catalog.write_text(catalog.read_text().replace(entry, "  credentials: study_database\n"))
    url = f"sqlite:///{prepared.path}/data/studies.db"
    (prepared.path / "conf/local/credentials.yml").write_text(f"study_database:\n  url: {url}\n")
    prepared.run_here("ds", to_outputs=["best_params"], sweep={"n_trials": 2})
    assert prepared.studies() == {}
    [summary] = optuna.get_all_study_summaries(url)
    assert summary.n_trials == 2


def test_a_study_of_an_earlier_release_is_read_and_a_run_starts_a_new_one_beside_it(
    with_earlier_journal: Project,
) -> None:
    [(name, earlier)] = with_earlier_journal.studies().items()
    assert name == "RandomForestClassifier-731fc7727e84"
    assert {trial.state for trial in earlier} == {TrialState.COMPLETE}
    assert [trial.value for trial in earlier] == [
        pytest.approx(value) for value in (0.644737, 0.611737, 0.561253)
    ]
    assert earlier[0].params == {"n_estimators": 20, "max_depth": 17}

    # The configuration is the same, but the versions behind its values are unknown.
    with_earlier_journal.run_here("ds", to_outputs=["best_params"], sweep={"n_trials": 2})
    studies = with_earlier_journal.studies()
    assert studies.pop(name) == earlier
    [(new, trials)] = studies.items()
    assert new.startswith("quality-random_forest-")
    assert len(trials) == 2


def test_a_study_of_an_earlier_release_is_listed(with_earlier_journal: Project) -> None:
    result = CliRunner().invoke(KedroCLI(with_earlier_journal.path), ["sweep", "studies"])
    assert result.exit_code == 0, result.output
    assert "RandomForestClassifier-731fc7727e84" in result.output
    assert "3 complete" in result.output
    assert "0.6447" in result.output
