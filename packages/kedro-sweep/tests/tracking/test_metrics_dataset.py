"""Tracked metrics are numbers."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from kedro.io import DatasetError, Version

from kedro_sweep.tracking.metrics_dataset import MetricsDataset


@pytest.fixture
def dataset(tmp_path: Path) -> MetricsDataset:
    """A versioned entry, as in the catalog."""
    return MetricsDataset(filepath=str(tmp_path / "metrics.json"), version=Version(None, "one"))


def test_metrics_are_kept_as_json(dataset: MetricsDataset, tmp_path: Path) -> None:
    dataset.save({"acc": 0.5, "n": 3})
    assert json.loads((tmp_path / "metrics.json/one/metrics.json").read_text()) == {"acc": 0.5, "n": 3}
    assert dataset.load() == {"acc": 0.5, "n": 3}


@pytest.mark.parametrize(
    "value", ["0.5", None, True, [0.5], {"a": 1}, 1j, float("nan"), np.float64("-inf")]
)
def test_what_is_no_number_is_refused_and_named(
    value: Any, dataset: MetricsDataset, tmp_path: Path
) -> None:
    with pytest.raises(DatasetError, match=r"only keeps numbers, and {'label': .*} are not"):
        dataset.save({"acc": 0.5, "label": value})
    assert list(tmp_path.iterdir()) == []
