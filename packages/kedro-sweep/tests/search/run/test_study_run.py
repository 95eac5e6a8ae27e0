"""A study that is open for trials keeps its limits."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from threading import Thread, current_thread, main_thread

import pytest
from optuna.storages import InMemoryStorage

from kedro_sweep.search import StudyConfiguration, open_journal, run_search
from kedro_sweep.search.reuse._forests import ForestTrees
from kedro_sweep.search.run import _study_run as study_run
from kedro_sweep.search.run._study_run import open_run
from kedro_sweep.search.run._worker import Clock

SPACE = {"max_depth": {"type": "int", "low": 1, "high": 9}}


@pytest.mark.parametrize(
    ("n_jobs", "timeout", "end"), [(2, 60, 160), (1, 60, 60), (2, None, float("inf"))]
)
def test_the_clock_starts_when_worker_processes_are_ready(
    n_jobs: int,
    timeout: float | None,
    end: float,
    configure: Callable[..., StudyConfiguration],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [0.0]
    monkeypatch.setattr(study_run, "time", lambda: clock[0])
    monkeypatch.setattr(study_run, "start_processes", lambda n_jobs: clock.append(clock.pop() + 100))
    tree = {"class": "sklearn.tree.DecisionTreeClassifier"}
    configuration = configure(model=tree, search_space=SPACE, n_jobs=n_jobs, timeout=timeout)
    storage = open_journal(str(tmp_path / "studies.journal"))
    with ExitStack() as stack:
        run = open_run(stack, configuration, storage, None, "one")
        assert run.start_clock() == Clock(end, end)


def test_the_clock_reserves_a_part_for_an_ensemble(
    configure: Callable[..., StudyConfiguration], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(study_run, "time", lambda: 1000.0)
    configuration = configure(ensemble={"size": 5, "time_share": 0.25}, timeout=60)
    with ExitStack() as stack:
        run = open_run(stack, configuration, InMemoryStorage(), None, "one")
        assert run.start_clock() == Clock(deadline=1045, end=1060, reserve=15)


@pytest.fixture
def threads(monkeypatch: pytest.MonkeyPatch) -> set[Thread]:
    """The threads that have grown trees."""
    found, grow = set[Thread](), ForestTrees.grow

    def spy(forest: ForestTrees, number: int) -> None:
        found.add(current_thread())
        grow(forest, number)

    monkeypatch.setattr(ForestTrees, "grow", spy)
    return found


@pytest.mark.usefixtures("threads_for_all")
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_forests_grow_on_threads_that_end_with_the_run(
    n_jobs: int, configure: Callable[..., StudyConfiguration], threads: set[Thread]
) -> None:
    run_search(configure(n_jobs=n_jobs), InMemoryStorage())
    more = threads - {main_thread()}
    assert bool(more) == (n_jobs > 1)
    assert not any(thread.is_alive() for thread in more)


def test_the_few_trees_of_a_small_table_grow_in_the_calling_thread(
    configure: Callable[..., StudyConfiguration], threads: set[Thread]
) -> None:
    few = {"n_estimators": {"type": "int", "low": 1, "high": 3}}
    run_search(configure(search_space=few, n_jobs=2), InMemoryStorage())
    assert threads == {main_thread()}
