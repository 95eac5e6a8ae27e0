"""`tune`: the choices of a project, in one call."""

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pandas as pd
import polars
import pytest
from kedro.config import OmegaConfigLoader

from kedro_sweep import tune
from kedro_sweep.errors import InputError
from kedro_sweep.evaluation import Decision
from kedro_sweep.notebook import _tune
from kedro_sweep.notebook._report import Result
from kedro_sweep.onboarding import use_table
from kedro_sweep.search import Sweep, recommended
from kedro_sweep.search.recommended import complete
from kedro_sweep.tables import Data, get_notation, profile_table, select_columns

REPOSITORY = Path(__file__).parents[4]
TREE: dict[str, Any] = {
    "model": {"class": "sklearn.tree.DecisionTreeClassifier"},
    "search_space": {"max_depth": {"type": "int", "low": 1, "high": 5}},
    "cv": 3,
    "untuned_boosting": False,
}


@pytest.fixture(scope="session")
def visits() -> pd.DataFrame:
    """Visits, of which an identifier and a column without other values say nothing."""
    numbers = np.random.default_rng(0)
    minutes = numbers.uniform(1, 60, 120).round(1)
    bought = np.where(minutes + numbers.normal(0, 10, 120) > 30, "yes", "no")
    kind = numbers.choice(["new", "old"], 120)
    return pd.DataFrame(
        {"id": range(1, 121), "minutes": minutes, "kind": kind, "shop": "a", "bought": bought}
    )


@pytest.fixture(scope="session")
def found(visits: pd.DataFrame) -> Result:
    return tune(visits, "bought", models=None, n_trials=3, sweep=TREE)


def test_columns_of_one_name_are_refused(visits: pd.DataFrame) -> None:
    with pytest.raises(InputError, match=r"more than one column named \['kind'\]: rename them"):
        tune(pd.concat([visits, visits[["kind"]]], axis=1), "bought", models=None)


def test_one_setting_of_the_ensemble_leaves_the_others(visits: pd.DataFrame) -> None:
    profile = profile_table(visits, "bought", None, get_notation({}))
    for chosen, size in (({"trials": 20}, 25), ({"size": 3}, 3)):
        found = complete({"ensemble": chosen}, profile, visits["bought"], models="contest")
        assert found["ensemble"] == {"size": size} | chosen


def test_columns_to_drop_are_added_to_those_that_are_left_out_anyway(
    visits: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_tune, "_run", lambda raw, settings, stores: settings)
    for given, expected in (
        ({}, {"id", "shop"}),
        ({"drop": ["kind"]}, {"id", "shop", "kind"}),
        ({"features": ["shop"]}, set()),
    ):
        settings: Any = tune(visits, "bought", data=given)
        assert {*settings.data.drop} == expected


def test_a_large_table_has_a_limit_of_time(
    visits: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recommended, "MANY_ROWS", 10)
    monkeypatch.setattr(_tune, "_run", lambda raw, settings, stores: settings)
    table = visits[["minutes", "bought"]]
    for given, expected in (({}, 300), ({"timeout": 60.0}, 60), ({"sweep": {"timeout": 90.0}}, 90)):
        settings: Any = tune(table, "bought", **given)
        assert (settings.sweep.n_trials, settings.sweep.timeout) == (90, expected)


def test_the_model_takes_raw_rows_and_its_scores_are_known(found: Result, visits: pd.DataFrame) -> None:
    predicted = found.predict(visits.drop(columns="bought"))
    assert set(predicted["prediction"]) == {"yes", "no"}
    assert {"probability_yes", "prediction_set"} <= set(predicted)
    assert (predicted["prediction"] == found.model.predict(visits)).all()
    right = predicted["prediction"].loc[found.test.index] == found.test["bought"]
    assert found.test_metrics["acc"] == pytest.approx(right.mean())
    assert found.corrected_score is not None
    assert found.corrected_score.low < found.corrected_score.value < 1
    assert [trial.value for trial in found.study.trials].count(found.study.best_value)
    assert found.settings.data.drop == ["id", "shop"]


def test_the_verdict_names_the_checks_of_a_project(found: Result) -> None:
    assert found.verdict == found._results.verdict["sentence"]
    assert found._results.verdict["checks"]["no_better_than_dummy"]["status"] == "passed"


def test_a_pickle_holds_the_trials_and_their_predictions(found: Result) -> None:
    copy: Result = pickle.loads(pickle.dumps(found))
    assert [trial.value for trial in copy.study.trials] == [trial.value for trial in found.study.trials]
    assert isinstance(copy.study._storage, optuna.storages.InMemoryStorage)
    assert copy.stores_.artifacts
    assert repr(copy) == repr(found)


def test_the_same_call_continues_the_studies_of_its_journal(
    found: Result, visits: pd.DataFrame, tmp_path: Path
) -> None:
    path = tmp_path / "visits.journal"
    first = tune(visits, "bought", models=None, n_trials=2, sweep=TREE, storage=path)
    again = tune(visits, "bought", models=None, n_trials=3, sweep=TREE, storage=path)
    assert again.study.study_name == first.study.study_name == found.study.study_name
    values = [[trial.value for trial in each.study.trials[:2]] for each in (found, first, again)]
    assert values[0] == values[1] == values[2]
    assert len(again.study.trials) == 3


@pytest.mark.parametrize("models", ["contest", None])
def test_the_settings_are_those_of_use_and_of_the_environment_contest(
    models: Any, visits: pd.DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rest is the same functions, so that the studies are the same."""
    for environment in ("base", "contest"):
        for file in (REPOSITORY / "conf" / environment).glob("*.yml"):
            place = tmp_path / "conf" / environment / file.name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(file.read_bytes())
    visits.to_csv(tmp_path / "visits.csv", index=False)
    use_table(tmp_path, tmp_path / "visits.csv", "bought")
    (tmp_path / "conf/none").mkdir()
    environment = models or "none"
    merge = {"parameters": "soft"}
    loader = OmegaConfigLoader(
        str(tmp_path / "conf"), env=environment, base_env="base", merge_strategy=merge
    )
    parameters = loader["parameters"]
    parameters["sweep"]["n_trials"] = 90
    given: list[Any] = []
    monkeypatch.setattr(_tune, "_run", lambda raw, settings, _: given.append(settings))
    tune(tmp_path / "visits.csv", "bought", models=models)
    kinds: dict[str, Any] = {"data": Data, "sweep": Sweep, "decision": Decision}
    expected = {name: kind.model_validate(parameters[name]) for name, kind in kinds.items()}
    assert dict(given[0]) == expected


def test_a_frame_of_polars_has_the_same_rows(
    visits: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[pd.DataFrame] = []
    monkeypatch.setattr(_tune, "_run", lambda raw, how, _: given.append(select_columns(raw, how.data)))
    for table in (visits, polars.from_pandas(visits)):
        tune(table, "bought")
    pd.testing.assert_frame_equal(given[0], given[1])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": "sold"}, "no column 'sold'"),
        ({"models": "all"}, "models='all'"),
        ({"task": "ranking"}, "task='ranking'"),
        ({"sweep": {"cv": 1}}, "sweep.cv"),
        ({"data": {"frac": 2}}, "data.frac"),
        (
            {"sweep": TREE | {"search_space": {"C": TREE["search_space"]["max_depth"]}}},
            "sweep.search_space.C",
        ),
        ({"sweep": {"scoring": "r2x"}}, "sweep.scoring"),
    ],
)
def test_a_mistake_is_one_error_that_names_it(
    options: dict[str, Any], message: str, visits: pd.DataFrame
) -> None:
    with pytest.raises(InputError, match=message.replace(".", r"\.")):
        tune(visits, **{"target": "bought", "models": None} | options)


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(TypeError, match="table=int is neither"):
        tune(3, "bought")


def test_rows_without_a_feature_are_refused(found: Result, visits: pd.DataFrame) -> None:
    name = found.model.feature_names_in_[0]
    with pytest.raises(InputError, match=f"lack the columns .*{name}"):
        found.predict(visits.drop(columns=name))
    rows = polars.from_pandas(visits.head(3))
    assert found.predict(rows)["prediction"].tolist() == found.predict(visits)["prediction"].tolist()[:3]
