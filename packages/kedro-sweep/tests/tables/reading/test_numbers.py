"""Numbers are read as they were written, or the user is asked."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from kedro_sweep.errors import InputError
from kedro_sweep.tables.reading._numbers import Notation, find_text_numbers
from kedro_sweep.tables.reading._text_layout import choose_notation

FILE = Path("table.csv")
GERMAN = {"decimal": ",", "thousands": "."}


def choose(columns: dict[str, list[str]], **load_args: Any) -> dict[str, Any]:
    longest = max(map(len, columns.values()))
    table = pd.DataFrame({name: (cells * longest)[:longest] for name, cells in columns.items()})
    return choose_notation(table.astype("str"), FILE, load_args)


@pytest.mark.parametrize(
    ("columns", "found"),
    [
        ({"a": ["1.5", "2"]}, {}),
        ({"a": ["1,5", "2"]}, {"decimal": ","}),
        ({"a": ["0,208", "767"]}, {"decimal": ","}),
        ({"a": ["1208,125", "767"]}, {"decimal": ","}),
        ({"a": ["1,5", "?"]}, {"decimal": ","}),
        ({"a": ["1,208", "767", "1,024,600"]}, {"thousands": ","}),
        ({"a": ["1,208", "767"], "b": ["0.5", "12"]}, {"thousands": ","}),
        ({"a": ["1,208", "767"], "b": ["$12.50", "$3"]}, {"thousands": ","}),
        ({"a": ["653.306", "816"], "b": ["0,2", "3"]}, GERMAN),
        ({"a": ["1.234,56", "2"]}, GERMAN),
        ({"a": ["1.024.600", "816"]}, GERMAN),
        ({"a": ["1'208", "767"]}, {"thousands": "'"}),
        ({"a": ["765 636", "1,5"]}, {"decimal": ",", "thousands": " "}),
        ({"a": ["1,5", "2"], "b": ["1.5", "2"]}, {}),
        ({"a": ["1,5", "2"], "b": ["0,1"], "c": ["1.5", "2"]}, {"decimal": ","}),
        ({"a": ["31.12.2024", "01.01.2025"], "b": ["x", "y"]}, {}),
        ({"a": ["12,50 €", "3 €"], "b": ["1", "2"]}, {}),
        ({"a": ["1.125", "2.250"]}, {}),  # in a file with commas between columns
    ],
)
def test_the_notation_follows_from_all_numbers(
    columns: dict[str, list[str]], found: dict[str, Any]
) -> None:
    assert choose(columns) == found


@pytest.mark.parametrize("space", ["\u00a0", "\u202f", "\u2009", "\u2019"])
def test_pandas_reads_what_is_found_for_unusual_separators(space: str, tmp_path: Path) -> None:
    args = choose({"a": [f"765{space}636", "12"], "b": ["1,5", "2"]}, sep=";") | {"sep": ";"}
    path = tmp_path / "table.csv"
    path.write_text(f"a;b\n765{space}636;1,5\n12;2\n")
    assert pd.read_csv(path, **args).to_numpy().tolist() == [[765636, 1.5], [12, 2]]


@pytest.mark.parametrize(
    ("cells", "sep", "arguments"),
    [
        (["1,208", "767"], ",", ['{"decimal": ","}', '{"thousands": ","}']),
        (["1.208", "767"], ",", ['{"decimal": "."}', '{"thousands": ".", "decimal": ","}']),
        (["1.208", "2.500"], ";", ['{"sep": ";", "decimal": "."}',
                                   '{"sep": ";", "thousands": ".", "decimal": ","}']),
    ],
)  # fmt: skip
def test_two_possible_readings_are_shown_with_their_arguments(
    cells: list[str], sep: str, arguments: list[str]
) -> None:
    load_args = {} if sep == "," else {"sep": sep}
    with pytest.raises(InputError, match=r"table\.csv can be read in two ways.*column 'a'") as refused:
        choose({"a": cells, "b": ["x"]}, **load_args)
    lines = str(refused.value).splitlines()[1:3]
    assert [line.partition("load_args: ")[2] for line in lines] == arguments
    for args in map(json.loads, arguments):
        assert args | choose({"a": cells}, **args) == args


@pytest.mark.parametrize(
    ("cells", "affixes"),
    [
        (["$1,208", "$3", "-$5", "($7)"], ("$", "brackets")),
        (["(0.35)", "1.2"], ("brackets",)),
        (["12 kg", "3 kg", "?"], ("kg",)),
        (["12 m2", "3 m²"], ("m2", "m²")),
        (["82.4%", "1 %"], ("%",)),
        (["1.234,00 €", "5,00 €"], ("€",)),
        (["USD 12", "USD 1,300"], ("USD",)),
        (["8 years", "1 year"], ("years", "year")),
        (["12-", "3-"], ("-",)),
    ],
)
def test_what_stands_around_numbers_is_found(cells: list[str], affixes: tuple[str, ...]) -> None:
    found = find_text_numbers(pd.Series(cells), Notation())
    assert found is not None
    assert found.affixes == affixes


@pytest.mark.parametrize(
    ("cells", "marks"),
    [
        (["1.5", "?"] * 5 + ["2"] * 9, ("?",)),
        (["."] * 80 + ["1", "2"], (".",)),
        (["unknown", "N/A "] * 9 + ["1,5", "2"], ("unknown", "N/A ")),
        (["1"] * 95 + ["<5"], ()),
        (["1"] * 95 + ["12 kg"], ()),
    ],
)
def test_what_stands_among_numbers_is_found(cells: list[str], marks: tuple[str, ...]) -> None:
    found = find_text_numbers(pd.Series(cells), Notation())
    assert found is not None
    assert found.marks == marks
    assert not found.affixes


@pytest.mark.parametrize(
    "cells",
    [["1a", "2b", "3c"], ["01067", "803"], ["P017", "P018"], ["12 Main St", "5 Oak"], ["S", "M", "38"],
     ["fine", "wine"], ["1.5", "2.5"], ["1", "2", "3+"] * 5],
)  # fmt: skip
def test_texts_that_are_no_numbers_are_left_alone(cells: list[str]) -> None:
    assert find_text_numbers(pd.Series(cells), Notation()) is None


def test_numbers_unlike_those_of_the_file_are_found() -> None:
    found = find_text_numbers(pd.Series(["12", "1.234,56"]), Notation())
    assert found is not None
    assert (found.notation, found.example) == (True, "1.234,56")
    assert find_text_numbers(pd.Series(["12", "1.234,56"]), Notation(",", ".")) is None


@pytest.mark.parametrize("cell", [" " * 100_000, "1" + " " * 100_000, "1" * 100_000, "1," * 50_000])
def test_a_long_cell_takes_no_long_time(cell: str) -> None:
    # A pattern that goes back over the spaces or digits would take hours.
    assert choose({"a": ["1,5", "2", f"{cell}x"], "b": ["0,5"]}) == {"decimal": ","}


def test_of_very_many_numbers_with_a_unit_one_stands_for_all_that_differ_only_in_digits() -> None:
    column = pd.Series([f"{number / 8} kg" for number in range(1, 30_001)])
    found = find_text_numbers(column, Notation())
    assert found is not None
    assert (found.example, found.affixes) == ("0.125 kg", ("kg",))
