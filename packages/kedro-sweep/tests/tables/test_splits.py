"""A class that cannot be split is refused by name."""

import pandas as pd
import pytest

from kedro_sweep.errors import InputError
from kedro_sweep.tables import check_classes


def test_classes_of_two_rows_pass() -> None:
    check_classes(pd.Series([5, 5, 6, 6, 6], name="quality"))


def test_classes_of_one_row_are_named_with_their_number() -> None:
    target = pd.Series([5, 5, 9, 3], name="quality")
    with pytest.raises(InputError, match="Classes of 'quality' with a single row") as caught:
        check_classes(target)
    assert "{3: 1, 9: 1}" in str(caught.value) or "{9: 1, 3: 1}" in str(caught.value)
