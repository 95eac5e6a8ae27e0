"""A splitter class is checked when it is read, and gets the seed if it shuffles."""

import json
import re
from typing import Any

import pytest

from kedro_sweep.search import Splitter

SKLEARN = "sklearn.model_selection"


@pytest.mark.parametrize(
    ("name", "params", "seed"),
    [
        ("RepeatedStratifiedKFold", {"n_splits": 3, "n_repeats": 2}, 7),
        ("RepeatedKFold", {}, 7),
        ("ShuffleSplit", {"test_size": 0.2}, 7),
        ("GroupShuffleSplit", {}, 7),
        ("StratifiedKFold", {"shuffle": True}, 7),
        ("StratifiedKFold", {}, None),
        ("TimeSeriesSplit", {"gap": 2}, None),
        ("LeaveOneOut", {}, None),
    ],
)
def test_a_splitter_that_shuffles_gets_the_seed(
    name: str, params: dict[str, Any], seed: int | None
) -> None:
    splitter = Splitter.model_validate({"class": f"{SKLEARN}.{name}", "params": params}).build(seed=7)
    assert type(splitter).__name__ == name
    assert getattr(splitter, "random_state", None) == seed


@pytest.mark.parametrize(
    ("path", "params", "message"),
    [
        (f"{SKLEARN}.KFolds", {}, "'sklearn.model_selection.KFolds' cannot be imported"),
        (f"{SKLEARN}.cross_val_score", {}, "class: sklearn.model_selection.cross_val_score is not a"),
        ("builtins.str", {}, "class: builtins.str is not a class with split and get_n_splits"),
        (f"{SKLEARN}.KFold", {"folds": 3}, "sklearn.model_selection.KFold does not accept params {'fo"),
        (
            f"{SKLEARN}.KFold",
            {"n_splits": 1},
            "does not accept params {'n_splits': 1}: k-fold cr",
        ),
        (f"{SKLEARN}.BaseCrossValidator", {}, "BaseCrossValidator does not accept params {}: Can't ins"),
        (
            f"{SKLEARN}.ShuffleSplit",
            {"random_state": 1},
            "params.random_state: the seed comes from",
        ),
    ],
)
def test_what_cannot_cut_folds_is_refused_in_one_line(
    path: str, params: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(message)) as caught:
        Splitter.model_validate({"class": path, "params": params})
    assert "\n" not in str(caught.value)


def test_a_splitter_is_written_as_it_was_read() -> None:
    written = {"class": f"{SKLEARN}.KFold", "params": {"n_splits": 3}}
    splitter = Splitter.model_validate(written)
    assert json.loads(json.dumps(splitter.model_dump(by_alias=True))) == written
