"""The report of a run is made after everything that it shows."""

from kedro_sweep.pipelines import report
from kedro_sweep.pipelines.reporting import THIS_RUN


def test_past_runs_are_loaded_after_this_run_is_saved() -> None:
    pipeline = report()
    after = [node for node in pipeline.nodes if "tracked_runs" in node.inputs]
    assert {node.short_name for node in after} == {"compare_runs", "make_report"}
    for node in after:
        before = pipeline.to_nodes(node.name)
        assert set(THIS_RUN.values()) <= before.inputs() - set(node.inputs)
