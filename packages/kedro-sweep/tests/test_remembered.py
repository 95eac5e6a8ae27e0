"""A result is taken over by later runs, as long as nothing that it depends on has changed."""

import os
import pickle
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from kedro_sweep import remembered
from kedro_sweep.remembered import remember

calls: list[Any] = []


@remember()
def double(values: Any, factor: int = 2) -> Any:
    calls.append(values)
    return values * factor


@remember(kept=2)
def half(value: float) -> float:
    calls.append(value)
    return value / 2


@remember(of=lambda values, _: values)
def count(values: Any, _: Any) -> int:
    calls.append(values)
    return len(values)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of a project that a program runs, which the processes of the tests may not be."""
    monkeypatch.setattr(sys.modules["__main__"], "__file__", "kedro", raising=False)
    remembered.use_folder(tmp_path / "remembered")
    calls.clear()
    yield tmp_path / "remembered"
    remembered.use_folder(None)


@pytest.mark.parametrize(
    "values", [3, "text", np.arange(4.0), pd.DataFrame({"x": [1.5, None], "y": ["a", "b"]})], ids=type
)
def test_a_second_call_takes_over_the_result_of_the_first(values: Any) -> None:
    first, second = double(values), double(values)
    assert len(calls) == 1
    assert np.array_equal(first, second) or first.equals(second)


def test_a_model_is_the_same_to_the_last_byte_whether_it_was_taken_over() -> None:
    text = "".join(["a", "b"])
    first, second = (pickle.dumps(double([text, text])) for _ in range(2))
    assert len(calls) == 1
    assert first == second


def test_other_arguments_give_another_result_and_only_the_last_is_kept(folder: Path) -> None:
    assert [double(3), double(3, factor=3), double(4), double(3)] == [6, 9, 8, 6]
    assert calls == [3, 3, 4, 3]
    assert len([*folder.iterdir()]) == 1


def test_of_several_calls_in_a_run_the_last_results_are_kept(folder: Path) -> None:
    assert [half(2), half(4), half(2), half(4), half(6), half(2)] == [1, 2, 1, 2, 3, 1]
    assert calls == [2, 4, 6, 2]
    assert len([*folder.iterdir()]) == 2


def test_a_result_may_depend_on_part_of_the_arguments_which_may_be_of_any_kind() -> None:
    assert count("abc", lambda: 1) == count("abc", lambda: 2) == 3
    assert calls == ["abc"]


def test_nothing_is_kept_outside_of_a_run() -> None:
    remembered.use_folder(None)
    assert double(3) == double(3) == 6
    assert calls == [3, 3]


@pytest.mark.parametrize("changed", ["code", "packages"])
def test_changed_code_and_new_packages_count(
    changed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    file = tmp_path / "own.py"
    file.touch()
    own = ModuleType("own")
    own.__file__ = str(file)
    monkeypatch.setitem(sys.modules, "own", own)
    installed = tmp_path / "site-packages"
    installed.mkdir()
    monkeypatch.setattr(remembered.sysconfig, "get_path", lambda _: str(installed))
    for seconds in (1, 1, 2):
        os.utime(file if changed == "code" else installed, (seconds, seconds))
        remembered.use_folder(folder)
        double(3)
    assert calls == [3, 3]


def test_code_that_a_run_imports_later_counts(tmp_path: Path, folder: Path) -> None:
    (tmp_path / "src").mkdir()
    (file := tmp_path / "src/later.py").touch()
    for seconds in (1, 1, 2):
        os.utime(file, (seconds, seconds))
        remembered.use_folder(folder, tmp_path / "src")
        double(3)
    assert calls == [3, 3]


def test_code_beside_an_environment_whose_name_it_continues_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, folder: Path
) -> None:
    (tmp_path / "wine").mkdir()
    (tmp_path / "wine-sweep").mkdir()
    (file := tmp_path / "wine-sweep/own.py").touch()
    own = ModuleType("own")
    own.__file__ = str(file)
    monkeypatch.setitem(sys.modules, "own", own)
    monkeypatch.setattr(remembered.sysconfig, "get_path", lambda _: str(tmp_path / "wine"))
    for seconds in (1, 2):
        os.utime(file, (seconds, seconds))
        remembered.use_folder(folder)
        double(3)
    assert calls == [3, 3]


@pytest.mark.parametrize("content", [b"", b"not a pickle", b"\x80\x05N."])
def test_a_damaged_file_is_written_again(content: bytes, folder: Path) -> None:
    double(3)
    [file] = folder.iterdir()
    file.write_bytes(content)
    assert double(3) == double(3) == 6
    assert calls == [3, 3]


def test_arguments_and_results_that_cannot_be_pickled_are_computed_each_time() -> None:
    functions = (lambda: 1,)
    assert double(functions) == double(functions) == functions * 2
    assert calls == [functions, functions]


def test_a_notebook_keeps_nothing_because_its_functions_may_change(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    remembered.use_folder(folder)
    assert double(3) == double(3) == 6
    assert calls == [3, 3]


def test_a_folder_that_cannot_be_written_is_no_error(folder: Path) -> None:
    folder.write_text("a file of this name")
    assert double(3) == double(3) == 6
    assert calls == [3, 3]
