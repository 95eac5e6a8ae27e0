"""Each run keeps its own version of what it tracks."""

import inspect
import json
from pathlib import Path

import pytest
from kedro.io import Version

from kedro_sweep.tracking.json_dataset import JSONDataset
from kedro_sweep.tracking.metrics_dataset import MetricsDataset


def test_each_run_keeps_a_version(tmp_path: Path) -> None:
    file = str(tmp_path / "features.json")
    for run in ("one", "two"):
        JSONDataset(filepath=file, version=Version(None, run)).save({"run": run})
    assert JSONDataset(filepath=file, version=Version("one", None)).load() == {"run": "one"}
    assert JSONDataset(filepath=file, version=Version(None, None)).load() == {"run": "two"}


def test_the_preview_has_rounded_numbers_and_what_matters_first(tmp_path: Path) -> None:
    dataset = JSONDataset(filepath=str(tmp_path / "a.json"), version=Version(None, "one"))
    dataset.save({"n": 12345, "folds": [{"a": 0.123456}], "score": 0.5968150801, "name": "tree"})
    preview = json.loads(dataset.preview(first=["score", "unknown"]))
    assert preview == {"score": 0.5968, "n": 12345, "folds": [{"a": 0.1235}], "name": "tree"}
    assert [*preview][:2] == ["score", "n"]


@pytest.mark.parametrize("tracked", [JSONDataset, MetricsDataset])
def test_kedro_viz_knows_what_the_preview_is(tracked: type[JSONDataset]) -> None:
    assert inspect.signature(tracked.preview).return_annotation.__name__ == "JSONPreview"


@pytest.mark.parametrize(
    ("tracked", "name"),
    [
        (JSONDataset, "tracking.json_dataset.JSONDataset"),
        (MetricsDataset, "tracking.metrics_dataset.MetricsDataset"),
    ],
)
def test_kedro_viz_knows_a_tracked_dataset_by_its_name(tracked: type[JSONDataset], name: str) -> None:
    module = tracked.__module__.split(".")
    assert ".".join([*module[-2:], tracked.__name__]) == name
    assert tracked.versioned
