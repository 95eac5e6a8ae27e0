import datetime

import numpy as np
import pandas as pd
import polars as pl

from kedro_sweep.notebook._rows import make_table, make_target


def test_a_target_does_not_replace_the_feature_of_its_name() -> None:
    table = pd.DataFrame({"x": [1.0, 2.0], "y": [3.0, 4.0], "y_": [5.0, 6.0]})
    assert make_target([0, 1], table).name == "y__"
    assert make_target(pd.Series([0, 1], name="t"), table).name == "t"


def test_a_table_of_polars_needs_nothing_but_polars() -> None:
    days = [datetime.date(2026, 1, 1), None]
    table = make_table(pl.DataFrame({"number": [1, None], "text": ["a", None], "day": days}))
    assert table.iloc[0].tolist() == [1.0, "a", pd.Timestamp("2026-01-01")]
    assert table.iloc[1].isna().all()


def test_an_array_gets_names() -> None:
    assert [*make_table(np.zeros((2, 2)))] == ["x0", "x1"]
