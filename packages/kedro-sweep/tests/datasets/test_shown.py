"""Tables and pages can be read in Kedro-Viz, which knows what to show by an annotation."""

import inspect
from pathlib import Path

import pandas as pd

from kedro_sweep.datasets.shown import CSVDataset, MarkdownDataset


def test_a_table_has_rounded_numbers_in_its_preview_only(tmp_path: Path) -> None:
    dataset = CSVDataset(filepath=str(tmp_path / "trials.csv"))
    table = pd.DataFrame({"value": [0.6127167630057804, 123456.7], "state": ["COMPLETE", "FAIL"]})
    dataset.save(table)
    assert dataset.load().equals(table)
    assert dataset.preview(digits=3)["data"] == [[0.613, "COMPLETE"], [123000.0, "FAIL"]]
    assert len(dataset.preview(nrows=1)["data"]) == 1
    assert inspect.signature(dataset.preview).return_annotation.__name__ == "TablePreview"


def test_a_page_in_markdown_is_shown(tmp_path: Path) -> None:
    dataset = MarkdownDataset(filepath=str(tmp_path / "card.md"))
    dataset.save("# Model card\n\n_max_depth_")
    assert dataset.preview() == "# Model card\n\nˍmaxˍdepthˍ"
    assert dataset.load().endswith("_max_depth_")
    assert inspect.signature(dataset.preview).return_annotation.__name__ == "HTMLPreview"
