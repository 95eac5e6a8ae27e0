"""Rows to predict are read like the training rows, but all of them, and without the target."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from kedro.io import DataCatalog

from kedro_sweep.datasets.new_rows import describe_rows
from kedro_sweep.datasets.pieces import read_pieces
from kedro_sweep.errors import InputError

ROWS = pd.DataFrame({"a": [1, 2], "year": [2024, 2025]})


def read(file: Path, load_args: dict[str, Any]) -> pd.DataFrame:
    """Read a file by the arguments with which the training table is read."""
    kind = {".parquet": "ParquetDataset", ".csv": "CSVDataset", ".xlsx": "ExcelDataset"}[file.suffix]
    raw = {"type": f"pandas.{kind}", "filepath": "raw", "load_args": load_args}
    catalog = DataCatalog.from_config({"raw": raw})
    return pd.concat(read_pieces(describe_rows(catalog, file)))


@pytest.mark.parametrize(
    "load_args", [{"filters": [["year", "<", 2025]]}, {"columns": ["a", "year", "target"]}]
)
def test_a_choice_of_training_rows_or_columns_is_no_choice_of_rows_to_predict(
    load_args: dict[str, Any], tmp_path: Path
) -> None:
    ROWS.to_parquet(file := tmp_path / "new.parquet")
    assert read(file, load_args).equals(ROWS)


@pytest.mark.parametrize(
    ("suffix", "load_args"), [(".csv", {"index_col": "id"}), (".xlsx", {"sheet_name": "2024"})]
)
def test_an_argument_that_does_not_suit_the_file_is_named(
    suffix: str, load_args: dict[str, Any], tmp_path: Path
) -> None:
    file = tmp_path / f"new{suffix}"
    (ROWS.to_csv if suffix == ".csv" else ROWS.to_excel)(file, index=False)
    [(name, value)] = load_args.items()
    with pytest.raises(InputError, match=rf"with load_args .*'{name}': '{value}'.* with --load-args"):
        read(file, load_args)


def test_a_value_that_does_not_suit_its_type_is_named(tmp_path: Path) -> None:
    (file := tmp_path / "new.csv").write_text("a,b\n1,2\n,3\n")
    with pytest.raises(InputError, match=r"'dtype': {'a': 'int64'}.*Integer column has NA values"):
        read(file, {"dtype": {"a": "int64"}})


def test_a_delimiter_replaces_that_of_training_and_types_of_other_columns_stay(tmp_path: Path) -> None:
    raw = {
        "type": "pandas.CSVDataset",
        "filepath": "raw",
        "load_args": {"sep": ";", "dtype": {"a": "str"}},
    }
    (file := tmp_path / "new.csv").write_text("a^b\n01^02\n")
    catalog, chosen = DataCatalog.from_config({"raw": raw}), {"delimiter": "^", "dtype": {"b": "str"}}
    [rows] = read_pieces(describe_rows(catalog, file, chosen))
    assert rows.to_numpy().tolist() == [["01", "02"]]
    file.write_text("a::b\n01::02\n")
    for delimiter in ("::", r"\s*::\s*"):
        chosen["delimiter"] = delimiter
        [rows] = read_pieces(describe_rows(catalog, file, chosen))
        assert rows.to_numpy().tolist() == [["01", "02"]]
    file.write_text("a|b;c\n1|2;3\n4|5;6\n")  # as well with either
    for delimiter, columns in ((";", ["a|b", "c"]), ("|", ["a", "b;c"])):
        [rows] = read_pieces(describe_rows(catalog, file, {"delimiter": delimiter}))
        assert [*rows] == columns
