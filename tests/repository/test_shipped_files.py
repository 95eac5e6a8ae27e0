"""The library brings copies of two files, because it is also installed without this project."""

from pathlib import Path

import pytest
from kedro_sweep import notebook, search

from tests.conftest import ROOT


@pytest.mark.parametrize(
    ("copy", "original"),
    [
        (Path(search.__file__).with_name("contest.yml"), "conf/contest/parameters_data_science.yml"),
        (Path(notebook.__file__).with_name("wines.csv"), "data/01_raw/WineQT.csv"),
    ],
)
def test_a_copy_in_the_library_is_the_same(copy: Path, original: str) -> None:
    assert copy.read_bytes() == (ROOT / original).read_bytes()
