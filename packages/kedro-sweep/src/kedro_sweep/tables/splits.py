"""Check that a table can be split."""

import pandas as pd

from kedro_sweep.errors import InputError


def check_classes(target: pd.Series) -> None:
    """Check that every class has the two rows that a stratified split needs.

    Args:
        target: Class of each row.

    Raises:
        InputError: If a class has a single row.
    """
    counts = target.value_counts()
    rare = {label: int(n) for label, n in counts.items() if n < 2}
    if rare:
        raise InputError(
            f"Classes of '{target.name}' with a single row cannot be split into train and test: "
            f"{rare} (class: rows). Merge them with another class, or remove those rows."
        )
