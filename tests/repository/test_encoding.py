"""What a run writes is UTF-8 on every machine, although Windows has another default."""

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import ROOT, read_yaml

TEXTS = ("CSVDataset", "TextDataset", "MarkdownDataset")
READ_ONLY = {"raw", "new_samples"}  # pandas opens them itself


def list_texts(file: Path) -> dict[str, Any]:
    """The entries of a catalog that write text, also those inside another entry."""
    entries = {name: entry.get("dataset", entry) for name, entry in read_yaml(file).items()}
    return {
        name: entry
        for name, entry in entries.items()
        if str(entry.get("type")).endswith(TEXTS) and name not in READ_ONLY
    }


@pytest.mark.parametrize(
    "file", sorted(ROOT.glob("conf/*/catalog.yml")), ids=lambda file: file.parent.name
)
def test_every_text_is_written_in_utf_8_with_the_line_ends_that_it_has(file: Path) -> None:
    how = {
        name: entry.get("fs_args", {}).get("open_args_save") for name, entry in list_texts(file).items()
    }
    assert how == {name: {"encoding": "utf-8", "newline": ""} for name in how}


def test_the_entries_are_found() -> None:
    found = list_texts(ROOT / "conf/base/catalog.yml")
    assert {"schema", "report", "trials", "predictions", "runs_comparison"} <= found.keys()
