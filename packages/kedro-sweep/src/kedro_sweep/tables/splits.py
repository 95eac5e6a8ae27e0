"""Check that a target suits the estimator, and that its rows can be split."""

import pandas as pd
from pandas.api.types import is_numeric_dtype
from sklearn.utils.multiclass import type_of_target

from kedro_sweep.errors import InputError

SHOWN = 5


def check_target(target: pd.Series, *, is_classifier: bool, model: str) -> None:
    """Check that a classifier gets classes, and a regressor numbers.

    Args:
        target: Target of each row.
        is_classifier: Whether the model predicts classes.
        model: Import path of the model, for the message.

    Raises:
        InputError: If the target of a classifier holds continuous numbers, or that of a regressor text.
    """
    if not is_classifier and not is_numeric_dtype(target):
        raise InputError(
            f"The target '{target.name}' holds text such as '{target.iloc[0]}', and {model} predicts "
            "numbers: choose a classifier under model in conf/base/parameters_data_science.yml, or "
            "another y_label."
        )
    if is_classifier and type_of_target(target) == "continuous":
        raise InputError(
            f"The target '{target.name}' holds {target.nunique()} different numbers with decimals, and "
            f"{model} predicts classes: choose a regressor under model in "
            "conf/base/parameters_data_science.yml, or another y_label."
        )


def check_classes(target: pd.Series) -> None:
    """Check that every class has the two rows that a stratified split needs.

    Args:
        target: Class of each row.

    Raises:
        InputError: If a class has a single row.
    """
    counts = target.value_counts()
    rare = sorted(map(str, counts.index[counts < 2]))
    if rare:
        shown = ", ".join(rare[:SHOWN]) + (f" and {len(rare) - SHOWN} more" if len(rare) > SHOWN else "")
        raise InputError(
            f"Classes of '{target.name}' with a single row cannot be split into train and test: "
            f"{shown}. Merge them with another class, or remove those rows. If the target is a number "
            "to predict, choose a regressor under model."
        )
