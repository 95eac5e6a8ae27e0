"""The folds are those of `cross_val_score`, or an error that says why there are none."""

import pandas as pd
import pytest
from pandas.testing import assert_frame_equal
from sklearn.model_selection import KFold, StratifiedKFold

from kedro_sweep.errors import InputError
from kedro_sweep.search.folds import prepare_folds

Table = tuple[pd.DataFrame, pd.Series]


@pytest.mark.parametrize(("stratify", "splitter"), [(True, StratifiedKFold(3)), (False, KFold(3))])
def test_a_table_is_cut_as_by_scikit_learn(
    stratify: bool, splitter: StratifiedKFold | KFold, table: Table
) -> None:
    X, y = table
    folds = prepare_folds(X, y, cv=3, stratify=stratify)
    for fold, (train, test) in zip(folds, splitter.split(X, y), strict=True):
        assert_frame_equal(fold.X_train.assign(y=fold.y_train), X.iloc[train].assign(y=y.iloc[train]))
        assert_frame_equal(fold.X_test.assign(y=fold.y_test), X.iloc[test].assign(y=y.iloc[test]))


@pytest.mark.parametrize("stratify", [True, False])
def test_more_folds_than_rows_are_refused(stratify: bool, table: Table) -> None:
    X, y = table
    with pytest.raises(InputError, match=r"sweep\.cv: 5 folds cannot be made of 4 training rows"):
        prepare_folds(X[:4], y[:4], cv=5, stratify=stratify)


def test_more_folds_than_rows_of_every_class_are_refused() -> None:
    X, y = pd.DataFrame({"a": range(6)}), pd.Series([0, 0, 1, 1, 2, 2])
    with pytest.raises(InputError, match=r"3 folds cannot be made of 6 training rows\. .*each class"):
        prepare_folds(X, y, cv=3, stratify=True)
