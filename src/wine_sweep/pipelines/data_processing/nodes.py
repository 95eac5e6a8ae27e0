"""Split the table, without letting the test rows leak into training."""

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
    """Split into training and test rows, stratified by the target when the model is a classifier.

    Args:
        table: Features, the column of the split, and the target; n rows.
        features: Names of the columns that the model may see; None for all.
        y_label: Name of the target.
        frac: Share of the rows that goes to the test table.
        split: What keeps the two apart: chance, groups or time.
        duplicates: What happens to copies of rows.
        random_seed: Seed of the shuffle.
        model: The model to tune; only whether it is a classifier matters here.

    Returns:
        The training and the test table.

    Raises:
        InputError: If the target does not suit the model, a class has too few rows to be split, or a
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
