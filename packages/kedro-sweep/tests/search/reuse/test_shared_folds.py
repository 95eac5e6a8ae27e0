"""Processes share transformed folds in files, and the values stay those of cross_val_score."""

import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from math import inf
from pathlib import Path
from threading import Thread
from time import sleep, time
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from filelock import lock_descriptor
from scipy.sparse import csr_matrix
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import Pipeline

from kedro_sweep import platforms
from kedro_sweep.search import StudyConfiguration
from kedro_sweep.search.reuse import Memory, _memory, _shared_folds
from kedro_sweep.search.reuse._shared_folds import open_folder
from kedro_sweep.search.trial import Objective

Configure = Callable[..., StudyConfiguration]
Fetch = Callable[[int, Callable[[int], Any]], Any]
Table = tuple[pd.DataFrame, pd.Series]

REPOSITORY = Path(__file__).parents[5]

numbers = np.arange(12.0).reshape(4, 3)
ROWS: dict[str, Any] = {
    "C order": numbers,
    "Fortran order": np.asfortranarray(numbers.astype(np.float32)),
    "one array per column": pd.DataFrame({"a": [1, 2], "b": [0.5, np.nan]}, index=[5, 3]),
    "one array": pd.DataFrame(numbers, columns=list("xyz")),
    "columns next to each other": pd.DataFrame(np.asfortranarray(numbers)),
    "texts and categories": pd.DataFrame({"a": ["x", None], "b": pd.Categorical(["p", "q"])}),
    "nullable": pd.DataFrame({"a": pd.array([1, None], dtype="Int64")}),
    "sparse": csr_matrix(numbers),
    "lists": [[1.0], [2.0]],
}


def describe(rows: Any) -> Any:
    """List all arrays: types, orders in memory, and bytes."""
    if isinstance(rows, pd.DataFrame):
        blocks = [describe(block.values) for block in rows._mgr.blocks]
        return [*rows.columns], [*rows.index], [*rows.dtypes], blocks
    if isinstance(rows, np.ndarray):
        flags = (rows.flags.c_contiguous, rows.flags.f_contiguous, rows.flags.writeable)
        return type(rows), rows.dtype, rows.shape, rows.strides, flags, rows.tobytes()
    if isinstance(rows, csr_matrix):
        return [describe(part) for part in (rows.data, rows.indices, rows.indptr)]
    return type(rows), list(rows)


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """The files of three folds."""
    return [tmp_path / f"steps-{number}" for number in range(3)]


@pytest.fixture
def fetch(tmp_path: Path) -> Fetch:
    """Read one of three folds."""
    return partial(_shared_folds.fetch, tmp_path, "steps", 3)


@pytest.fixture(params=[0, 2**20], ids=["mapped", "read"])
def _size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_shared_folds, "MIN_MAPPED", request.param)


@pytest.mark.usefixtures("_size")
@pytest.mark.parametrize("name", ROWS)
def test_rows_come_back_with_their_types_and_their_order_in_memory(name: str, fetch: Fetch) -> None:
    assert describe(fetch(0, lambda _: ROWS[name])) == describe(ROWS[name])


@pytest.mark.usefixtures("_size")
def test_what_an_estimator_writes_to_its_rows_stays_with_it(fetch: Fetch) -> None:
    rows = fetch(0, lambda _: numbers)
    rows[:] = -1
    assert (fetch(0, lambda _: pytest.fail("transformed again")) == numbers).all()


def test_rows_that_a_file_would_reorder_are_not_shared(fetch: Fetch) -> None:
    assert fetch(0, lambda _: numbers[:, ::2]) is None


def test_a_process_that_finds_its_fold_taken_goes_on_with_the_next_ones(
    files: list[Path], fetch: Fetch
) -> None:
    done: list[int] = []

    def transform(number: int) -> int:
        done.append(number)
        return number

    with open(f"{files[1]}.lock", "ab") as held:
        lock_descriptor(held.fileno())
        follower = Thread(target=fetch, args=(1, transform))
        follower.start()
        while len(done) < 2:
            sleep(0.01)
    follower.join()  # the other process ended without a file
    assert done == [2, 0, 1]


def test_an_error_belongs_to_the_trials_that_need_the_fold(files: list[Path], fetch: Fetch) -> None:
    def transform(number: int) -> int:
        if number == 2:
            raise ValueError("no words")
        return number

    with open(f"{files[1]}.lock", "ab") as held:
        lock_descriptor(held.fileno())
        follower = Thread(target=fetch, args=(1, transform))
        follower.start()
        sleep(0.05)
    follower.join()
    assert [path.exists() for path in files] == [False, True, False]
    with pytest.raises(ValueError, match="no words"):
        fetch(2, transform)


def test_the_folder_ends_with_the_search() -> None:
    with open_folder() as folder:
        (folder / "fold").touch()
    assert not [*folder.parent.glob(f"{folder.name}*")]


def test_on_windows_no_file_is_mapped_because_it_could_not_be_removed(
    fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(platforms, "IS_WINDOWS", True)
    monkeypatch.setattr(_shared_folds, "MIN_MAPPED", 0)
    monkeypatch.setattr(_shared_folds, "mmap", lambda *_, **__: pytest.fail("mapped"))
    assert (fetch(0, lambda _: numbers) == numbers).all()


def test_a_folder_that_a_worker_has_in_use_stays_for_the_tracker(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tracked: list[str] = []
    tracker = SimpleNamespace(
        register=lambda path, _: tracked.append(path), unregister=lambda path, _: tracked.remove(path)
    )
    monkeypatch.setattr(_shared_folds, "resource_tracker", tracker)
    with monkeypatch.context() as windows:
        windows.setattr(Path, "rename", lambda *_: _refuse())
        with open_folder() as folder:
            pass
    assert tracked == [str(folder)]
    with open_folder():
        folder.rmdir()
    assert tracked == [str(folder)]


def _refuse() -> None:
    raise PermissionError(13, "The process cannot access the file")


def test_an_unfinished_file_is_removed(
    files: list[Path], fetch: Fetch, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_half(file: Any, _: Any) -> None:
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(_shared_folds, "_write", write_half)
    with pytest.raises(OSError, match="No space left"):
        fetch(0, lambda _: numbers)
    left = {path.name for path in files[0].parent.iterdir()}
    assert left == {f"{files[0].name}.lock"}


def test_the_folder_ends_with_a_process_that_is_killed(tmp_path: Path) -> None:
    """Starts a process, because only a separate one can be killed."""
    code = (  # imports this module alone
        "import os, sys; from importlib.util import module_from_spec, spec_from_file_location\n"
        "spec = spec_from_file_location('folds', sys.argv[1]); folds = module_from_spec(spec)\n"
        "spec.loader.exec_module(folds)\n"
        "with folds.open_folder() as folder: (folder / 'fold').touch(); os.kill(os.getpid(), 9)"
    )
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    command = [sys.executable, "-c", code, str(_shared_folds.__file__)]
    process = subprocess.run(command, env=environment, check=False)
    assert process.returncode == -9
    for _ in range(500):
        if not [*tmp_path.iterdir()]:
            return
        sleep(0.02)
    pytest.fail("the folder is left")


@pytest.fixture
def count(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The first test row of each fold that is transformed."""
    transform, folds = _memory.transform_fold, list[int]()

    def transform_and_count(first_steps: Any, fold: Any) -> Any:
        folds.append(int(fold.test[0]))
        return transform(first_steps, fold)

    monkeypatch.setattr(_memory, "transform_fold", transform_and_count)
    return folds


def score(
    configuration: StudyConfiguration, folder: Path | None, params: dict[str, Any] | None = None
) -> list[float]:
    """Score the defaults, or other arguments, in a process that has fitted nothing yet."""
    objective = Objective(configuration, Memory(configuration.folds, folder))
    return list(objective.fold_scores(params or {}))


@pytest.fixture
def texts() -> Table:
    """A table of words, numbers and gaps, with two classes."""
    rng = np.random.default_rng(0)
    words = np.array(["red", "white", "dry", "sweet", "old", "young", "oak", "steel"])
    X = pd.DataFrame(
        {
            "size": rng.normal(size=120).round(2),
            "city": rng.choice(["Porto", "Nice", "Bonn"], 120),
            "note": [" ".join(rng.choice(words, 4)) for _ in range(120)],
        }
    )
    X.loc[::9, "size"] = np.nan
    return X, (X["note"].str.contains("oak") ^ (X["size"].fillna(0) > 0)).astype(int).rename("good")


# The encoder makes 30 columns of a text, and the steps work on each column by itself.
FEW_COLUMNS = {"tablevectorizer__high_cardinality__n_components": 3}
LINEAR = {"class": "sklearn.linear_model.LogisticRegression"}
SPACE = {"random_state": {"type": "int", "low": 0, "high": 1}}
CONTEST = yaml.safe_load((REPOSITORY / "conf/contest/parameters_data_science.yml").read_text())
INSTALLED = {
    name: model
    for name, model in CONTEST["sweep"]["models"].items()
    if find_spec(model["class"].partition(".")[0])
}
# The rows that they read do not depend on the number of trees.
FEW: dict[str, dict[str, Any]] = {
    name: {"n_estimators": 5} for name in ("extra_trees", "random_forest", "lightgbm", "xgboost")
} | {"hist_gradient_boosting": {"max_iter": 5}, "catboost": {"iterations": 5}}


@pytest.mark.parametrize("name", INSTALLED)
def test_each_candidate_of_the_contest_scores_mapped_rows_as_cross_val_score_does(
    name: str, texts: Table, configure: Configure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_shared_folds, "MIN_MAPPED", 0)
    model, (X, y) = {**INSTALLED[name]}, texts
    space = model.pop("search_space")
    for key in ("optional", "max_rows"):
        model.pop(key, None)
    scoring = "r2" if name == "ridge" or name.endswith("_regressor") else "accuracy"
    configuration = configure((X, y), model=model, search_space=space, scoring=scoring, cv=2)
    few = FEW.get(name.removesuffix("_regressor"), {})
    if isinstance(configuration.build({}), Pipeline):
        few = few | FEW_COLUMNS
    expected = cross_val_score(configuration.build(few), X, y, cv=2, scoring=scoring)
    for _ in range(2):
        assert score(configuration, tmp_path, few) == [*expected]
    assert not isinstance(configuration.build({}), Pipeline) or [*tmp_path.glob("*-1")]


def test_each_fold_is_transformed_once_for_all_processes(
    texts: Table, configure: Configure, tmp_path: Path, count: list[int]
) -> None:
    configuration = configure(texts, model=LINEAR, search_space=SPACE)
    first, again = (score(configuration, tmp_path) for _ in range(2))
    alone = score(configuration, None)
    assert first == again == alone
    n_steps = 2  # the first, and the others
    assert len(count) == 3 * n_steps + 3


def test_a_process_can_transform_the_rows_of_a_trial_that_another_one_runs(
    texts: Table, configure: Configure, tmp_path: Path, count: list[int]
) -> None:
    configuration = configure(texts, model=LINEAR, search_space=SPACE)
    helper = Objective(configuration, Memory(configuration.folds, tmp_path))
    helper.prepare(time() - 1)
    assert not count
    helper.prepare(inf)
    n_transformed = len(count)
    found = score(configuration, tmp_path)
    assert len(count) == n_transformed
    assert found == score(configuration, None)


def test_rows_that_cannot_be_transformed_are_an_error_only_for_their_trials(
    texts: Table, configure: Configure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> Any:
        raise ValueError("no words")

    monkeypatch.setattr(_memory, "transform_fold", fail)
    configuration = configure(texts, model=LINEAR, search_space=SPACE)
    Objective(configuration, Memory(configuration.folds, tmp_path)).prepare(inf)
    with pytest.raises(ValueError, match="no words"):
        score(configuration, tmp_path)


def test_pipelines_that_differ_in_later_steps_share_the_first_one(
    texts: Table, configure: Configure, tmp_path: Path, count: list[int]
) -> None:
    for path in ("linear_model.LogisticRegression", "ensemble.ExtraTreesClassifier"):
        score(configure(texts, model={"class": f"sklearn.{path}"}, search_space=SPACE), tmp_path)
    assert len(count) == 3 + 3 + 3


@pytest.mark.parametrize("max_bytes", [0, 1])
def test_a_full_or_missing_folder_leaves_each_process_to_itself(
    max_bytes: int, texts: Table, configure: Configure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_shared_folds, "MAX_BYTES", max_bytes)
    configuration = configure(texts, model=LINEAR, search_space=SPACE)
    folder = tmp_path / ("missing" * max_bytes)
    assert score(configuration, folder) == score(configuration, None)
    assert not [*tmp_path.iterdir()]
