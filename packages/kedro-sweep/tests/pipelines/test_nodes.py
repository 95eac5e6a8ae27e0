"""No node of the library is hard to call, and each checks the groups of parameters that it reads."""

from collections.abc import Callable
from inspect import get_annotations

import pytest
from kedro.pipeline import Pipeline

from kedro_sweep.pipelines import record_model, record_tables, report, work
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
