"""A table is read as its author intended, or not at all."""

import csv
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from kedro_datasets.pandas import CSVDataset, ExcelDataset, ParquetDataset
from pandas.testing import assert_frame_equal

from kedro_sweep.errors import InputError
from kedro_sweep.tables.reading._files import find_format, join_arguments, read_table

TABLE = pd.DataFrame({"city": ["Köln", "Genève"], "size": [1.5, 2.25]})


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "table.csv"


@pytest.mark.parametrize(
    ("text", "encoding", "load_args"),
    [
        ("city,size\nKöln,1.5\nGenève,2.25\n", "utf-8", {}),
        ("city,size\nKöln,1.5\nGenève,2.25\n", "utf-8-sig", {}),
        ("city\tsize\nKöln\t1.5\nGenève\t2.25\n", "utf-16", {"sep": "\t", "encoding": "utf-16"}),
        ("city|size\nKöln|1.5\nGenève|2.25\n", "latin-1", {"sep": "|", "encoding": "cp1252"}),
        ("city;size\nKöln;1,5\nGenève;2,25\n", "utf-8", {"sep": ";", "decimal": ","}),
        ('city,size\nKöln,"1,5"\nGenève,"2,25"\n', "utf-8", {"decimal": ","}),
        ('\ncity;size\r\n"Köln";1.5\r\nGenève;2.25', "utf-8", {"sep": ";"}),
    ],
)
def test_a_text_file_is_read_with_what_the_catalog_needs(
    text: str, encoding: str, load_args: dict[str, Any], path: Path
) -> None:
    path.write_bytes(text.encode(encoding))
    read = read_table(path)
    assert read.dataset == "pandas.CSVDataset"
    assert read.load_args == load_args
    assert_frame_equal(read.table, TABLE)
    assert_frame_equal(CSVDataset(filepath=str(path), load_args=load_args).load(), TABLE)


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("a,b\n1,x\n2,y,3\n3,z\n", {"on_bad_lines": "skip"}),
        ("a,b\n1,x\n3,z\n", {"engine": "pyarrow"}),
        ("a,b\n1,x\n3,'z\n", {"quoting": csv.QUOTE_NONE}),
        ("a,b\n1,x\n3,\\,z\n", {"escapechar": "\\"}),
        ("a;b\n1;x\n3;z\n", {"delimiter": ";"}),
        ("a,b\n1,x\n3,z\n", {"sep": ","}),
        ("1,1\n3,3\n", {"header": None, "names": ["a", "b"]}),
        ("a,b\n1,x,\n3,z,\n", {"index_col": False}),
    ],
)
def test_arguments_of_pandas_are_taken_at_their_word(
    text: str, chosen: dict[str, Any], path: Path
) -> None:
    path.write_text(text)
    read = read_table(path, chosen=chosen)
    expected: Any = pd.read_csv(path, **chosen)
    assert_frame_equal(read.table, expected)
    assert read.table["a"].tolist() == [1, 3]
    assert_frame_equal(CSVDataset(filepath=str(path), load_args=read.load_args).load(), expected)
    again: Any = pd.read_csv(path, **find_format(path, read.load_args))
    assert_frame_equal(again, expected)


def test_a_delimiter_inside_quotation_marks_does_not_count(path: Path) -> None:
    path.write_text('name;note\na;"x, y; z"\nb;"1, 2, 3"\n')
    assert read_table(path).table["note"].tolist() == ["x, y; z", "1, 2, 3"]


@pytest.mark.parametrize(
    ("cell", "other"),
    [("1,5", "1.5"), ("1,5", "1.5e3")],
    ids=["points elsewhere", "points with an exponent elsewhere"],
)
def test_a_comma_that_may_be_no_decimal_mark_stays_text(cell: str, other: str, path: Path) -> None:
    path.write_text(f"a;b\n{cell};{other}\n")
    read = read_table(path)
    assert "decimal" not in read.load_args
    assert read.table["a"].tolist() == [cell]


def test_a_decimal_comma_takes_the_whole_column(path: Path) -> None:
    path.write_text("a;b\n1,5;x\n2,5 kg;y\n")
    assert read_table(path).table["a"].tolist() == ["1,5", "2,5 kg"]


def test_texts_that_pandas_would_take_for_numbers_between_thousands_stay_text(path: Path) -> None:
    path.write_text("day;version;n;x\n31.12.2024;1.2;1.208,5;0,5\n01.01.2025;1.3;816;1\n")
    read = read_table(path)
    assert read.load_args == {
        "sep": ";",
        "decimal": ",",
        "thousands": ".",
        "dtype": {"day": "str", "version": "str"},
    }
    assert read.table["day"].tolist() == ["31.12.2024", "01.01.2025"]
    assert read.table["n"].tolist() == [1208.5, 816]


def test_arguments_that_are_chosen_take_precedence(path: Path) -> None:
    path.write_text("a;b\n1,208;x\n767;y\n")
    with pytest.raises(InputError, match="can be read in two ways"):
        read_table(path)
    thousands, decimal = {"thousands": ","}, {"decimal": ","}
    assert read_table(path, chosen=thousands).table["a"].tolist() == [1208, 767]
    assert read_table(path, chosen=decimal).table["a"].tolist() == [1.208, 767]
    assert read_table(path, {"sep": ";"}, thousands).load_args == {"sep": ";", "thousands": ","}


@pytest.mark.parametrize("suffix", [".gz", ".bz2", ".xz", ".zip"])
def test_a_compressed_text_file_is_read_as_its_dataset_does(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"table.csv{suffix}"
    TABLE.to_csv(path, sep=";", decimal=",", index=False, encoding="cp1252")
    read = read_table(path)
    assert read.load_args == {"sep": ";", "decimal": ",", "encoding": "cp1252"}
    assert_frame_equal(read.table, TABLE)
    assert_frame_equal(CSVDataset(filepath=str(path), load_args=read.load_args).load(), TABLE)


@pytest.mark.parametrize(
    ("text", "load_args", "names"),
    [
        ("# from a b\n#\n\na,b\n1,x\n# middle\n2,y\n", {"comment": "#"}, ["a", "b"]),
        ("# from a b\na,b\n1,x\n2,y\n", {"skiprows": 1}, ["a", "b"]),
        ("# one, two\n# three\na,b,c\n1,x,C#\n2,y,C\n", {"skiprows": 2}, ["a", "b", "c"]),
        ("#a,b\n1,x\n2,y\n", {}, ["#a", "b"]),
        ("## version 4\n#a\tb\n1\tx\n2\ty\n", {"skiprows": 1, "sep": "\t"}, ["#a", "b"]),
    ],
)
def test_comments_above_the_header_are_no_rows(
    text: str, load_args: dict[str, Any], names: list[str], path: Path
) -> None:
    path.write_text(text)
    read = read_table(path)
    assert read.load_args == load_args
    assert read.table.columns.tolist() == names
    assert read.table["b"].tolist() == ["x", "y"]


@pytest.mark.parametrize("expected", [{"comment": "#"}, {"skiprows": 1}])
@pytest.mark.parametrize("head", ["# exported\n", "# exported\n# again\n"])
def test_another_file_has_its_own_comments_and_keeps_its_cells(
    head: str, expected: dict[str, Any], path: Path
) -> None:
    path.write_text(f"{head}a,b\napt #5,x\n")
    found = find_format(path, expected, ["a"])
    assert CSVDataset(filepath=str(path), load_args=found).load()["a"].tolist() == ["apt #5"]


def test_a_file_may_have_no_comments_although_another_had_some(path: Path) -> None:
    path.write_text("a,b\napt #5,x\n")
    assert find_format(path, {"comment": "#"}, ["a"]) == {}


def test_a_cell_may_be_long(path: Path) -> None:
    limit = csv.field_size_limit()
    path.write_text(f"a,b\n{'x' * (limit + 1)},1\ny,2\n")
    assert read_table(path).table["a"].str.len().tolist() == [limit + 1, 1]
    assert find_format(path, {}, ["a"]) == {}
    assert csv.field_size_limit() == limit


def test_another_sheet_is_read_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    with pd.ExcelWriter(path) as book:
        pd.DataFrame({"note": ["see data"]}).to_excel(book, sheet_name="note", index=False)
        TABLE.to_excel(book, sheet_name="data", index=False)
    assert read_table(path).other_sheets == ("data",)
    read = read_table(path, chosen={"sheet_name": "data"})
    assert read.other_sheets == ("note",)
    assert_frame_equal(read.table, TABLE)
    with pytest.raises(InputError, match=r"has no sheet 'Data'\. It has: note, data"):
        read_table(path, {"sheet_name": "Data"})


def test_leading_zeros_are_kept(path: Path) -> None:
    path.write_text("zip,n\n01067,0\n80331,10\n")
    read = read_table(path)
    assert read.load_args == {"dtype": {"zip": "str"}}
    assert read.table["zip"].tolist() == ["01067", "80331"]
    assert read.table["n"].tolist() == [0, 10]


def test_numbers_and_text_of_a_long_column_do_not_mix(path: Path) -> None:
    path.write_text("a,b\n" + "1,2\n" * 300_000 + "none of these,2\n")
    read = read_table(path)
    assert read.load_args == {"low_memory": False}
    assert set(read.table["a"].map(type)) == {str}


@pytest.mark.parametrize(
    ("text", "encoding", "expected", "found"),
    [
        ("a;b\n1,5;ö\n", "utf-8", None, {"sep": ";", "decimal": ","}),
        ('a,b\n"1,5",ö\n', "utf-8", {"sep": ";", "decimal": ",", "encoding": "cp1252"},
         {"decimal": ","}),
        ("a;b\n1,234;x\n", "utf-8", {"sep": ";", "decimal": ","}, {"sep": ";", "decimal": ","}),
        ("a;b\n1,234;x\n", "utf-8", {"thousands": ","}, {"sep": ";", "thousands": ","}),
        ("a;b\n1;ö\n", "cp1250", {"sep": ";", "encoding": "cp1250"}, {"sep": ";", "encoding": "cp1250"}),
        ("a\tb\n1\tö\n", "utf-16", {"na_values": "?"},
         {"na_values": "?", "sep": "\t", "encoding": "utf-16"}),
        ("a;text\n1;2,5\n", "utf-8", {}, {"sep": ";"}),
    ],
)  # fmt: skip
def test_a_file_like_another_is_read_by_what_it_holds(
    text: str, encoding: str, expected: dict[str, Any] | None, found: dict[str, Any], path: Path
) -> None:
    path.write_bytes(text.encode(encoding))
    assert find_format(path, expected, ["text"]) == found


@pytest.mark.parametrize(
    ("expected", "cell"),
    [
        ({}, "1,208"),
        ({}, "1,5"),
        ({}, "1'208"),
        ({}, "1 208"),
        ({"decimal": ","}, "1.5"),
        ({"decimal": ","}, "1.208"),
        ({"thousands": ","}, "1,5"),
        ({"thousands": ","}, "1,2,3"),
        ({"decimal": ",", "thousands": "."}, "1.5"),
        ({"skiprows": 0, "thousands": ","}, "1,5"),
    ],
)
def test_a_number_that_is_written_unlike_those_of_the_other_file_is_refused(
    expected: dict[str, Any], cell: str, path: Path
) -> None:
    path.write_text(f'b,a,a 2\nx,3,1\nx,"{cell}",2\n')
    with pytest.raises(InputError, match=rf"row 1 of the column 'a' holds '{cell}'.*--load-args"):
        find_format(path, expected, ["b"])
    assert find_format(path, expected, numbers=["a 2"]) == expected
    assert find_format(path, expected, ["a"]) == expected


@pytest.mark.parametrize("expected", [{"skiprows": 1}, {"sep": "^"}, {"sep": None}])
def test_rows_that_are_cut_in_an_unusual_way_are_cut_so_again(
    expected: dict[str, Any], path: Path
) -> None:
    path.write_text("a;b\n1;2\n")
    assert find_format(path, expected) == expected


@pytest.mark.parametrize(
    ("known", "chosen", "joined"),
    [
        ({"thousands": ","}, {"decimal": ","}, {"decimal": ","}),
        ({"decimal": ",", "thousands": "."}, {"decimal": "."}, {"decimal": "."}),
        ({"decimal": ","}, {"thousands": ","}, {"thousands": ","}),
        ({"thousands": "'"}, {"decimal": ","}, {"thousands": "'", "decimal": ","}),
        ({}, {"thousands": None}, {"thousands": None}),
    ],
)
def test_a_mark_that_is_chosen_replaces_the_other_one_that_was_the_same(
    known: dict[str, str], chosen: dict[str, str], joined: dict[str, str]
) -> None:
    assert join_arguments(known, chosen) == joined


def test_two_marks_that_are_the_same_are_refused() -> None:
    with pytest.raises(InputError, match="decimal and thousands are both ',': they must differ"):
        join_arguments({}, {"decimal": ",", "thousands": ","})


def test_dates_stay_text_if_the_notation_is_corrected(path: Path) -> None:
    path.write_text("day;price\n" + "31.12.2024;1.250\n" * 3)
    known = {"sep": ";", "decimal": "."}
    found = read_table(path, known, {"sep": ";", "thousands": ".", "decimal": ","})
    assert found.table["price"].tolist() == [1250] * 3
    assert found.table["day"].tolist() == ["31.12.2024"] * 3


def test_a_file_like_another_that_cannot_be_read_is_named(path: Path) -> None:
    path.write_text("a,b\n1,2\n1,2,3\n")
    with pytest.raises(InputError, match=r"table\.csv cannot be read: .*Expected 2 fields in line 3"):
        find_format(path, {})


@pytest.mark.parametrize("names", [["day"], ["day", None]])
def test_a_named_index_is_no_column_without_a_word(names: list[str | None], tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    index = pd.MultiIndex.from_product([[1, 2]] * len(names), names=names)
    table = TABLE.set_axis(index[:2])
    table.to_parquet(path)
    with pytest.raises(InputError, match=r"stores \['day'\] as its index.*reset_index"):
        read_table(path)
    table.set_axis(index[:2].set_names([None] * len(names))).to_parquet(path)
    assert len(read_table(path).table.columns) == 2


def test_parquet_and_excel_are_read_as_their_datasets_do(tmp_path: Path) -> None:
    parquet, excel = tmp_path / "a.parquet", tmp_path / "a.XLSX"
    TABLE.to_parquet(parquet)
    TABLE.to_excel(tmp_path / "a.xlsx", index=False)
    (tmp_path / "a.xlsx").rename(excel)
    for path, dataset in ((parquet, ParquetDataset), (excel, ExcelDataset)):
        read = read_table(path)
        assert (read.dataset, read.load_args) == (f"pandas.{dataset.__name__}", {})
        assert_frame_equal(read.table, TABLE)
        assert_frame_equal(dataset(filepath=str(path)).load(), TABLE)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.json", b"{}", r"unknown suffix: save it as one of \.csv, .*\.xlsx"),
        ("a.csv", b"", "is empty"),
        ("a.csv", b"\n \n", "is empty"),
        ("a.csv", b"a,b\n", "has a header but no rows"),
        ("a.csv", b"a,b,a\n1,2,3\n", r"has more than one column named \['a'\]"),
        ("a.csv", b"a,b\n1,2,\n3,4,\n", "rows of .* have more values than its header has names"),
        ("a.csv", b"a,b\n1,2\n3,4,5\n", "cannot be read: .*Expected 2 fields in line 3, saw 3"),
        ("a.csv", bytes(range(256)), "encoding of .* is unknown: save it as UTF-8"),
        ("a.parquet", b"no table", "cannot be read: .*complete .parquet file"),
        ("a.xlsx", b"no table", "cannot be read: .*complete .xlsx file"),
    ],
)
def test_a_file_that_is_no_table_is_refused(
    name: str, content: bytes, message: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_table(tmp_path / name)


@pytest.mark.parametrize("name", ["missing.csv", "folder.csv"])
def test_what_is_no_file_is_refused(name: str, tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InputError, match=f"{name} is not a file: check the path"):
        read_table(tmp_path / name)


def test_names_are_read_from_excel_before_pandas_changes_them(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    pd.DataFrame([[1, 2]], columns=["a", "a"]).to_excel(path, index=False)
    with pytest.raises(InputError, match=r"more than one column named \['a'\]"):
        read_table(path)


def test_names_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    pd.DataFrame({"a": [1], 2024: [2]}).to_excel(path, index=False)
    with pytest.raises(InputError, match=r"names are not text: \[2024\]"):
        read_table(path)


def test_lists_in_cells_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    pd.DataFrame({"a": [1], "b": [[1, 2]]}).to_parquet(path)
    with pytest.raises(InputError, match=r"column 'b' of .* holds lists or similar"):
        read_table(path)


def test_the_extra_for_excel_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"table")

    def refuse(*_: Any, **__: Any) -> None:
        raise ImportError("no openpyxl", name="openpyxl")

    monkeypatch.setattr(pd, "ExcelFile", refuse)
    with pytest.raises(InputError, match=r"needs openpyxl: run `.*excel"):
        read_table(path)
