"""Fixtures for the tests of the search: storages, a small search, and tables that are hard to score."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import pandas as pd
import pytest
from optuna.storages import BaseStorage, InMemoryStorage, RDBStorage
from sklearn.model_selection import cross_val_score
from sqlalchemy.pool import StaticPool

from kedro_sweep.search import StudyConfiguration, open_journal, run_search
from kedro_sweep.search.reuse import _forests
from kedro_sweep.search.reuse._strategy import FitFromScratch, FittedFold
from kedro_sweep.search.settings._scorers import find_scorer
from kedro_sweep.search.trial import Objective
from kedro_sweep.search.trial._predictions import OnScored

Table = tuple[pd.DataFrame, pd.Series]
Configure = Callable[..., StudyConfiguration]

TREE = {"class": "sklearn.tree.DecisionTreeClassifier"}
TREE_SPACE = {
    "max_depth": {"type": "int", "low": 1, "high": 20, "log": True},
    "min_samples_leaf": {"type": "int", "low": 1, "high": 50},
}


@pytest.fixture(params=["journal", "database"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> BaseStorage:
    """Each kind of storage that a project can have."""
    if request.param == "memory":
        return InMemoryStorage()
    if request.param == "journal":
        return open_journal(str(tmp_path / "studies.journal"))
    # In memory, because every commit to a file would wait for the disk.
    return RDBStorage("sqlite://", engine_kwargs={"poolclass": StaticPool})


@pytest.fixture
def journal(tmp_path: Path) -> BaseStorage:
    """The storage of a new project."""
    return open_journal(str(tmp_path / "studies.journal"))


@pytest.fixture
def run(configure: Configure) -> Callable[..., optuna.Study]:
    """Search for the best tree."""

    def run(
        storage: BaseStorage | None = None,
        *,
        callbacks: Any = (),
        on_scored: OnScored | None = None,
        **configuration: Any,
    ) -> optuna.Study:
        question = {"model": TREE, "search_space": TREE_SPACE} | configuration
        return run_search(configure(**question), storage or InMemoryStorage(), callbacks, on_scored)

    return run


@pytest.fixture(scope="session")
def ties() -> pd.DataFrame:
    """Features with many tied values, some duplicated rows, and one constant column."""
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.integers(0, 6, (110, 5)).astype(float), columns=list("abcde"))
    X["b"] = (X["b"] + rng.normal(size=110)).round(1)
    X["e"] = 1.0
    return pd.concat([X, X.head(10)], ignore_index=True)


@pytest.fixture(scope="session")
def rare_classes(ties: pd.DataFrame) -> Table:
    """Text labels that depend on the features, with noise; one of them three times only."""
    rng = np.random.default_rng(1)
    labels = np.where(ties["a"] + ties["b"] + rng.normal(size=len(ties)) > 5, "high", "low")
    labels[[0, 50, 100]] = "rare"
    return ties, pd.Series(labels, name="label")


@pytest.fixture(scope="session")
def two_classes(rare_classes: Table) -> Table:
    """The labels without the rare one."""
    X, y = rare_classes
    return X, y.replace("rare", "low")


@pytest.fixture(scope="session")
def values(ties: pd.DataFrame) -> Table:
    """Numbers to predict, some of them tied."""
    noise = np.random.default_rng(2).normal(size=len(ties))
    return ties, (ties["a"] * ties["b"] + noise).round(1).rename("value")


@pytest.fixture
def threads_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads grow even the few small trees that one thread would grow faster."""
    monkeypatch.setattr(_forests, "FEWEST_ROWS", 0)


@pytest.fixture
def check_scores(configure: Configure, caplog: pytest.LogCaptureFixture) -> Callable[..., None]:
    """Compare the scores of one objective with those of `cross_val_score`, to the last bit."""

    def check(
        path: str,
        data: Table,
        draws: list[dict[str, Any]],
        *,
        scoring: str = "accuracy",
        n_threads: int = 1,
        **fixed: Any,
    ) -> None:
        configuration = configure(data, model={"class": path, "params": fixed}, scoring=scoring)
        objective = Objective(configuration)
        with objective.memory.forests.use_threads(n_threads):
            for params in draws:
                estimator = configuration.build(params)
                expected = cross_val_score(estimator, *data, cv=3, scoring=find_scorer(scoring))
                assert list(objective.fold_scores(params)) == expected.tolist(), params
        # Every fallback to a slower way is logged.
        assert caplog.messages == []

    return check


@pytest.fixture
def from_scratch(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The estimators that were trained from scratch, one for each fold."""
    fitted: list[Any] = []
    fit = FitFromScratch.fit

    def spy(strategy: FitFromScratch, estimator: Any, fold: int) -> FittedFold:
        fitted.append(estimator)
        return fit(strategy, estimator, fold)

    monkeypatch.setattr(FitFromScratch, "fit", spy)
    return fitted


@pytest.fixture
def no_fit_from_scratch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fail a test in which a model is trained from scratch."""
    monkeypatch.setattr(FitFromScratch, "fit", _fail)


def _fail(strategy: FitFromScratch, estimator: Any, fold: int) -> FittedFold:
    raise AssertionError(f"{estimator} was trained from scratch on fold {fold}")
