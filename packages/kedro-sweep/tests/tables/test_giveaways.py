"""A feature that gives the target away is found; in large tables, from a sample."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from kedro_sweep.tables import _giveaways as giveaways
from kedro_sweep.tables._giveaways import find_giveaways


@pytest.fixture
def table() -> pd.DataFrame:
    """Features of which only the last, with its gaps, tells the class."""
    numbers = np.random.default_rng(0)
    kind = numbers.choice(["a", "b", "c"], 400)
    frame = pd.DataFrame({"noise": numbers.normal(size=400), "colour": numbers.choice(["x", "y"], 400)})
    return frame.assign(leak=pd.Series(kind).map({"a": 1.5, "b": 2.5}), kind=kind)


def test_a_feature_whose_gaps_are_a_class_gives_it_away(table: pd.DataFrame) -> None:
    features = ["noise", "colour", "leak"]
    assert find_giveaways(table, features, "kind", is_classifier=True) == ["leak"]


def test_a_large_table_is_looked_at_in_part(
    table: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_at = []
    encode = giveaways._encode

    def spy(column: pd.Series) -> Any:
        looked_at.append(len(column))
        return encode(column)

    monkeypatch.setattr(giveaways, "_encode", spy)
    monkeypatch.setattr(giveaways, "MAX_VALUES", 700)
    find_giveaways(table, ["noise", "leak"], "kind", is_classifier=True)
    assert looked_at == [350, 350]


def test_few_rows_or_one_class_tell_nothing(table: pd.DataFrame) -> None:
    assert find_giveaways(table[:20], ["leak"], "kind", is_classifier=True) == []
    assert find_giveaways(table.assign(kind="a"), ["leak"], "kind", is_classifier=True) == []
    assert find_giveaways(table, [], "kind", is_classifier=True) == []
