"""The catalog's `neptune_run` gives the run of this session, and opens none."""

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import neptune
from kedro.io import DataCatalog

from kedro_sweep.tracking.neptune.run_dataset import NeptuneRunDataset


def test_without_a_run_it_is_none(data_directory: Path) -> None:
    entry = {"type": f"{NeptuneRunDataset.__module__}.NeptuneRunDataset"}
    catalog = DataCatalog.from_config({"neptune_run": entry})
    assert catalog.load("neptune_run") is None
    assert list(data_directory.iterdir()) == []


def test_nodes_log_to_the_namespace_of_the_run_until_it_is_stopped(
    neptune_run: neptune.Run, read_run: Callable[[neptune.Run], dict[str, Any]]
) -> None:
    dataset = NeptuneRunDataset()
    dataset.open(neptune_run, "kedro")
    dataset.load()["first"] = 1
    # Kedro releases the dataset after each node that uses it.
    dataset.release()
    dataset.load()["second"] = 2
    fields = read_run(neptune_run)["fields"]
    assert (fields["kedro/first"], fields["kedro/second"]) == (1, 2)


def test_a_copy_in_another_process_has_no_run(neptune_run: neptune.Run) -> None:
    dataset = NeptuneRunDataset()
    dataset.open(neptune_run, "kedro")
    copy: NeptuneRunDataset = pickle.loads(pickle.dumps(dataset))
    assert copy.load() is None
    assert dataset.load() is not None
    neptune_run.stop()
