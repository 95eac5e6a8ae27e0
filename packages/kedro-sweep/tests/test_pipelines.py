"""The library's pipelines check the groups of parameters that they read, and run in the right order."""

from collections.abc import Callable
from inspect import get_annotations

import pytest
from kedro.pipeline import Pipeline

from kedro_sweep.pipelines import THIS_RUN, record_model, record_tables, report, work
from kedro_sweep.search import Sweep
from kedro_sweep.tables import Data

GROUPS = {"params:data": Data, "params:sweep": Sweep}


@pytest.mark.parametrize("make", [record_tables, record_model, report, work])
def test_kedro_validates_the_groups_that_a_node_reads(make: Callable[[], Pipeline]) -> None:
    for node in make().nodes:
        types = list(get_annotations(node.func, eval_str=True).values())
        for name, kind in GROUPS.items():
            if name in node.inputs:
                assert types[node.inputs.index(name)] is kind, node.name


def test_past_runs_are_loaded_after_this_run_is_saved() -> None:
    pipeline = report()
    after = [node for node in pipeline.nodes if "tracked_runs" in node.inputs]
    assert {node.short_name for node in after} == {"compare_runs", "make_report"}
    for node in after:
        before = pipeline.to_nodes(node.name)
        assert set(THIS_RUN.values()) <= before.inputs() - set(node.inputs)


def test_a_worker_reads_what_a_search_reads_and_saves_nothing() -> None:
    pipeline = work()
    stores = {"study_storage", "prediction_store"}
    assert pipeline.inputs() == {"train", "means", *stores, *GROUPS, "params:decision"}
    assert pipeline.outputs() == set()
