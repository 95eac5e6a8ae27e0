"""The table of the example."""

from pathlib import Path

import pandas as pd
from sklearn.model_selection import train_test_split

ROOT = Path(__file__).parents[1]
TARGET = "quality"


def load_all_wine() -> pd.DataFrame:
    """Load the table of the example, without duplicates and without the identifier."""
    return pd.read_csv(ROOT / "data/01_raw/WineQT.csv").drop(columns="Id").drop_duplicates()


def load_wine() -> tuple[pd.DataFrame, pd.Series]:
    """Load the training rows of the example."""
    table = load_all_wine()
    train, _ = train_test_split(table, test_size=0.15, random_state=42, stratify=table[TARGET])
    return train.drop(columns=TARGET), train[TARGET]
