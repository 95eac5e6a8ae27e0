"""Split the table without leaking test rows into training."""

import pandas as pd
from kedro_sweep.search import Model, RandomSeed
from kedro_sweep.tables import (
    Duplicates,
    FeatureNames,
    Split,
    TargetName,
    TestFraction,
    check_target,
    list_features,
    split_rows,
)


def split_table(
    table: pd.DataFrame,
    features: FeatureNames | None,
    y_label: TargetName,
    frac: TestFraction,
    split: Split,
    duplicates: Duplicates,
    random_seed: RandomSeed,
    model: Model,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Split into training and test rows, stratified by the target if the model is a classifier.

    Args:
        table: Features, the column of the split, and the target; n rows.
        features: Names of the columns that the model may see; None for all.
        y_label: Name of the target.
        frac: Share of the rows for the test table.
        split: How the rows are separated: at random, by group or by time.
        duplicates: What to do with duplicate rows.
        random_seed: Seed of the shuffle.
        model: The model to tune; only whether it is a classifier matters here.

    Returns:
        The training and the test table.

    Raises:
        InputError: If the target does not suit the model, a class has too few rows to split, or a
            part would be empty.
    """
    check_target(table[y_label.root], is_classifier=model.is_classifier, model=model.path)
    return split_rows(
        table,
        list_features(table, features, split, y_label),
        y_label.root,
        frac.root,
        split,
        duplicates.root,
        random_seed.root,
        is_classifier=model.is_classifier,
    )
