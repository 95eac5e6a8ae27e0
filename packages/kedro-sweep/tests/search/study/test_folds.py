"""The folds are those of `cross_val_score` and let nothing leak, or an error says why there are none."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from sklearn.model_selection import (
    GroupKFold,
    GroupShuffleSplit,
    KFold,
    LeaveOneGroupOut,
    RepeatedKFold,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedGroupKFold,
    StratifiedKFold,
    TimeSeriesSplit,
    cross_val_score,
)

from kedro_sweep.errors import InputError
from kedro_sweep.search import Splitter, StudyConfiguration
from kedro_sweep.search.study._folds import Fold, prepare_folds
from kedro_sweep.search.trial import Objective
from kedro_sweep.tables import Data, Split, find_groups

Table = tuple[pd.DataFrame, pd.Series]
Configure = Callable[..., StudyConfiguration]

SEED = 42


def read(name: str, **params: Any) -> Splitter:
    return Splitter.model_validate({"class": f"sklearn.model_selection.{name}", "params": params})


def group(y: pd.Series, n_groups: int = 20, seed: int = 0) -> pd.Series:
    labels = np.random.default_rng(seed).integers(0, n_groups, len(y))
    return pd.Series(labels, index=y.index, name="patient").map("p{}".format)


def assert_cut_by(splitter: Any, folds: list[Fold], X: pd.DataFrame, y: pd.Series, groups: Any) -> None:
    for fold, (train, test) in zip(folds, splitter.split(X, y, groups), strict=True):
        assert_frame_equal(fold.X_train.assign(y=fold.y_train), X.iloc[train].assign(y=y.iloc[train]))
        assert_frame_equal(fold.X_test.assign(y=fold.y_test), X.iloc[test].assign(y=y.iloc[test]))


@pytest.mark.parametrize(
    ("stratify", "grouped", "ordered", "splitter"),
    [
        (True, False, False, StratifiedKFold(3)),
        (False, False, False, KFold(3)),
        (True, True, False, StratifiedGroupKFold(3)),
        (False, True, False, GroupKFold(3)),
        (True, False, True, TimeSeriesSplit(3)),
        (False, False, True, TimeSeriesSplit(3)),
    ],
)
def test_a_number_of_folds_is_cut_as_by_scikit_learn(
    stratify: bool, grouped: bool, ordered: bool, splitter: Any, table: Table
) -> None:
    X, y = table[0].sample(frac=1, random_state=0), table[1].sample(frac=1, random_state=0)
    groups = group(y) if grouped else None
    folds = prepare_folds(X, y, 3, stratify=stratify, groups=groups, ordered=ordered)
    assert_cut_by(splitter, folds, X, y, groups)


@pytest.mark.parametrize(
    ("cv", "splitter"),
    [
        (
            read("RepeatedStratifiedKFold", n_splits=3, n_repeats=2),
            RepeatedStratifiedKFold(n_splits=3, n_repeats=2, random_state=SEED),
        ),
        (read("RepeatedKFold", n_splits=2), RepeatedKFold(n_splits=2, random_state=SEED)),
        (read("ShuffleSplit", test_size=0.2), ShuffleSplit(test_size=0.2, random_state=SEED)),
        (read("KFold", shuffle=True), KFold(shuffle=True, random_state=SEED)),
    ],
)
def test_a_splitter_cuts_as_by_itself(cv: Splitter, splitter: Any, table: Table) -> None:
    folds = prepare_folds(*table, cv, stratify=True, random_seed=SEED)
    assert_cut_by(splitter, folds, *table, None)


@pytest.mark.parametrize(
    ("cv", "splitter"),
    [
        (read("GroupShuffleSplit"), GroupShuffleSplit(random_state=SEED)),
        (read("LeaveOneGroupOut"), LeaveOneGroupOut()),
        (read("GroupKFold", shuffle=True), GroupKFold(shuffle=True, random_state=SEED)),
    ],
)
def test_a_splitter_of_groups_gets_them(cv: Splitter, splitter: Any, table: Table) -> None:
    groups = group(table[1])
    folds = prepare_folds(*table, cv, stratify=True, groups=groups, random_seed=SEED)
    assert_cut_by(splitter, folds, *table, groups)


CV_DATA: dict[str, tuple[Any, bool, bool, Any]] = {
    "groups": (3, True, False, StratifiedGroupKFold(3)),
    "time": (3, False, True, TimeSeriesSplit(3)),
    "repeated": (
        {
            "class": "sklearn.model_selection.RepeatedStratifiedKFold",
            "params": {"n_splits": 2, "n_repeats": 2},
        },
        False,
        False,
        RepeatedStratifiedKFold(n_splits=2, n_repeats=2, random_state=SEED),
    ),
    "groups by a splitter": (
        {"class": "sklearn.model_selection.GroupShuffleSplit", "params": {"n_splits": 3}},
        True,
        False,
        GroupShuffleSplit(n_splits=3, random_state=SEED),
    ),
}


@pytest.mark.parametrize("reuse", [True, False])
@pytest.mark.parametrize("name", CV_DATA)
def test_forests_are_scored_as_by_cross_val_score(
    name: str, reuse: bool, rare_classes: Table, configure: Configure
) -> None:
    cv, grouped, ordered, splitter = CV_DATA[name]
    X, y = rare_classes
    groups = group(y) if grouped else None
    configuration = replace(configure(rare_classes, cv=cv, reuse=reuse), groups=groups, ordered=ordered)
    objective = Objective(configuration)
    for params in ({"n_estimators": 5, "max_depth": 3}, {"n_estimators": 2, "max_depth": 5}):
        estimator = configuration.build(params)
        expected = cross_val_score(estimator, X, y, cv=splitter, groups=groups, scoring="accuracy")
        assert list(objective.fold_scores(params)) == expected.tolist()


def make_tables() -> Iterator[pd.DataFrame]:
    for seed in range(6):
        rng = np.random.default_rng(seed)
        n = int(rng.integers(60, 120))
        columns = {
            "a": rng.integers(0, 12, n),
            "b": rng.integers(0, 12, n),
            "y": rng.permuted(np.arange(n) % 2),
            "patient": rng.integers(0, 60, n),
        }
        yield pd.DataFrame(columns, index=rng.permutation(n))


@pytest.mark.parametrize("cv", [3, read("GroupShuffleSplit"), read("GroupKFold", n_splits=2)])
@pytest.mark.parametrize("stratify", [True, False])
@pytest.mark.parametrize("split", [Split(), Split(kind="group", column="patient")])
def test_neither_groups_nor_copies_straddle_a_fold(
    split: Split, stratify: bool, cv: int | Splitter
) -> None:
    for table in make_tables():
        X, y = table[["a", "b"]], table["y"]
        data = Data(y_label="y", split=split, duplicates="together")
        groups = find_groups(table, ["a", "b", "y"], data)
        for fold in prepare_folds(X, y, cv, stratify=stratify, groups=groups):
            train, test = table.loc[fold.y_train.index], table.loc[fold.y_test.index]
            columns = [["a", "b", "y"], ["patient"]] if split.column else [["a", "b", "y"]]
            for names in columns:
                assert not set(map(tuple, train[names].to_numpy())) & set(
                    map(tuple, test[names].to_numpy())
                )


@pytest.mark.parametrize("cv", [4, read("TimeSeriesSplit", n_splits=3, gap=2)])
def test_no_training_row_is_later_than_a_test_row(cv: int | Splitter) -> None:
    for table in make_tables():
        X = table[["a", "b"]].assign(position=range(len(table)))
        for fold in prepare_folds(X, table["y"], cv, stratify=False, ordered=True):
            assert fold.X_train["position"].max() < fold.X_test["position"].min()


@pytest.mark.parametrize("stratify", [True, False])
def test_more_folds_than_rows_are_refused(stratify: bool, table: Table) -> None:
    X, y = table
    with pytest.raises(InputError, match=r"sweep\.cv: 5 folds cannot be made of 4 training rows"):
        prepare_folds(X[:4], y[:4], cv=5, stratify=stratify)


def test_more_folds_than_rows_of_every_class_are_refused() -> None:
    X, y = pd.DataFrame({"a": range(6)}), pd.Series([0, 0, 1, 1, 2, 2])
    with pytest.raises(InputError, match=r"3 folds cannot be made of 6 training rows\. .*each class"):
        prepare_folds(X, y, cv=3, stratify=True)


@pytest.mark.parametrize("stratify", [True, False])
def test_more_folds_than_groups_are_refused(stratify: bool, table: Table) -> None:
    groups = group(table[1], n_groups=4)
    with pytest.raises(InputError, match=r"sweep\.cv: 5 folds cannot be made of 287 .* groups: 4"):
        prepare_folds(*table, 5, stratify=stratify, groups=groups)


def test_more_folds_than_rows_in_time_are_refused(table: Table) -> None:
    X, y = table
    with pytest.raises(InputError, match=r"sweep\.cv: 5 folds cannot be made of 4 training rows"):
        prepare_folds(X[:4], y[:4], 5, stratify=False, ordered=True)


def test_a_splitter_that_cannot_cut_the_table_is_named(table: Table) -> None:
    X, y = table
    message = r"the folds of sklearn\.model_selection\.ShuffleSplit cannot be made of 1 training rows"
    with pytest.raises(InputError, match=message):
        prepare_folds(X[:1], y[:1], read("ShuffleSplit"), stratify=False)
    with pytest.raises(InputError, match=r"the folds of .*LeaveOneGroupOut cannot be made of 287"):
        prepare_folds(X, y, read("LeaveOneGroupOut"), stratify=False)


@pytest.mark.filterwarnings("ignore:The groups parameter is ignored")
def test_a_group_on_both_sides_of_a_splitters_fold_is_named_with_the_remedy(table: Table) -> None:
    message = r"fold 1 of 5 has rows of the group p\d+ \('patient'\) on both sides: .*GroupShuffleSplit"
    with pytest.raises(InputError, match=message):
        prepare_folds(*table, read("KFold", shuffle=True), stratify=False, groups=group(table[1]))


def test_a_training_row_later_than_a_test_row_is_named_with_the_remedy() -> None:
    y = pd.Series(range(9), index=list("abcdefghi"))
    message = r"fold 1 of 3 has the training row i, which is later than its test row a: .*TimeSeriesSpl"
    with pytest.raises(InputError, match=message):
        prepare_folds(y.to_frame("a"), y, read("KFold", n_splits=3), stratify=False, ordered=True)


class Careless:
    """A custom splitter with a mistake."""

    def __init__(self, mistake: str) -> None:
        """Choose the mistake."""
        self.mistake = mistake

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Count the folds."""
        return 2

    def split(self, X: Any, y: Any = None, groups: Any = None) -> Iterator[tuple[Any, Any]]:
        """Make a good fold, and a bad one."""
        half = len(X) // 2
        first, second = np.arange(half), np.arange(half, len(X))
        yield first, second
        yield {"train": (first[:0], second), "test": (first, second[:0]), "both": (first, first[1:])}[
            self.mistake
        ]


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        ("train", "fold 2 of 2 has no training rows"),
        ("test", "fold 2 of 2 has no test rows"),
        ("both", "fold 2 of 2 has row r1 on both sides"),
    ],
)
def test_a_fold_without_rows_or_with_a_row_on_both_sides_is_refused(mistake: str, message: str) -> None:
    cv = Splitter.model_validate({"class": f"{__name__}.Careless", "params": {"mistake": mistake}})
    y = pd.Series(range(6), index=[f"r{number}" for number in range(6)])
    with pytest.raises(InputError, match=message):
        prepare_folds(y.to_frame("a"), y, cv, stratify=False)


def test_a_fold_of_a_single_class_is_refused_for_a_classifier_only() -> None:
    X, y = pd.DataFrame({"a": range(9)}), pd.Series([0, 0, 0, 0, 1, 1, 0, 1, 0], name="quality")
    with pytest.raises(InputError, match=r"fold 1 of 2 has only the class 0 of 'quality' to learn from"):
        prepare_folds(X, y, 2, stratify=True, ordered=True)
    assert len(prepare_folds(X, y, 2, stratify=False, ordered=True)) == 2


def test_folds_cannot_keep_groups_together_and_follow_time(table: Table) -> None:
    with pytest.raises(InputError, match="groups together or follow time, not both"):
        prepare_folds(*table, 3, stratify=True, groups=group(table[1]), ordered=True)
