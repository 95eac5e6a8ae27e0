"""Parameters become plain values again, and a path may only name something meant to be called."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import validate_call
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import SVC

from kedro_sweep.search import Model, Sweep
from kedro_sweep.validation import import_callable, is_own_function, to_plain

MODULE = """
from sklearn.svm import SVC


def make_model():
    return SVC()
"""


def test_a_model_is_turned_back_into_its_yaml_with_the_defaults_filled_in() -> None:
    model = Model.model_validate({"class": "sklearn.svm.SVC"})
    assert to_plain(model) == {
        "class": "sklearn.svm.SVC",
        "params": {},
        "preprocessing": "auto",
        "first_trials": [],
    }


@pytest.mark.parametrize("name", ["list", "int", "word"])
def test_an_error_names_every_key_even_if_it_is_called_like_a_type(
    name: str, parameters: dict[str, Any]
) -> None:
    candidate = {"class": "sklearn.svm.SVC", "search_space": {name: {"type": "float", "high": 1}}}
    with pytest.raises(ValueError, match=rf"^models\.{name}\.search_space\.{name}\.low is missing$"):
        Sweep.model_validate(parameters["sweep"] | {"models": {name: candidate}})


@pytest.mark.parametrize(
    ("preprocessing", "key"),
    [(3, "preprocessing"), ({"clas": 3}, "preprocessing.class"), ({"class": 3}, "preprocessing.class")],
)
def test_an_error_does_not_name_the_branch_of_a_union(preprocessing: Any, key: str) -> None:
    with pytest.raises(ValueError, match=rf"^{key}\b(?!\.)"):
        Model.model_validate({"class": "sklearn.svm.SVC", "preprocessing": preprocessing})


@pytest.mark.parametrize("value", [0.15, None, ["pH"], {"a": 1}])
def test_a_plain_value_stays_as_it_is(value: Any) -> None:
    assert to_plain(value) == value


@pytest.mark.parametrize(
    "path",
    [
        "os.abort",
        "builtins.print",
        "shutil.rmtree",
        "joblib.dump",
        "optuna.delete_study",
        "sklearn.datasets.clear_data_home",
        "pathlib.Path",
    ],
)
def test_what_is_installed_is_not_the_users_own(path: str) -> None:
    assert not is_own_function(import_callable(path))


def test_a_function_of_the_project_is_the_users_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "models_of_mine.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    assert is_own_function(import_callable("models_of_mine.make_model"))


@validate_call
def make_checked(C: float = 1.0) -> Any:
    """Make a model with a decorator of an installed package, as a user might."""
    return SVC(C=C)


def test_an_annotation_that_only_type_checkers_can_read_says_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Python 3.14 would look for the names of all annotations as soon as one is read.
    monkeypatch.setattr(make_pipeline, "__annotations__", {"steps": "NoSuchName", "return": Pipeline})
    assert not is_own_function(make_pipeline)
    monkeypatch.setattr(make_pipeline, "__annotations__", {"return": "Pipeline"})
    assert is_own_function(make_pipeline)


def test_a_decorator_does_not_hide_whose_a_function_is() -> None:
    assert is_own_function(make_checked)


@pytest.mark.parametrize("returned", [Pipeline, float])
def test_an_installed_function_counts_if_it_says_that_it_returns_an_estimator_or_a_score(
    returned: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not is_own_function(make_pipeline)
    monkeypatch.setitem(make_pipeline.__annotations__, "return", returned)
    assert is_own_function(make_pipeline)


@pytest.mark.parametrize(
    "path", ["sklearn.nowhere.Forest", "sklearn.svm.Forest", "SVC", "sklearn.__version__"]
)
def test_what_is_not_there_or_cannot_be_called_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match=f"^'{path}' cannot be imported. "):
        import_callable(path)
