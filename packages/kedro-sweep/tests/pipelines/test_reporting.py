"""The report of a run is made after everything that it shows."""

from kedro_sweep.pipelines import report
from kedro_sweep.pipelines.reporting import THIS_RUN


def test_past_runs_are_loaded_after_this_run_is_saved() -> None:
    nodes = [node for node in report().nodes if "tracked_runs" in node.inputs]
    assert {node.short_name for node in nodes} == {"compare_runs", "make_report"}
    for node in nodes:
        assert set(THIS_RUN) <= set(node.inputs)
