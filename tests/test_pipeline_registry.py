"""The pipelines have the names that the README gives them."""

from collections import defaultdict

from kedro.pipeline import Node, Pipeline

from wine_sweep.pipeline_registry import register_pipelines


def group_nodes(pipeline: Pipeline) -> dict[str, list[Node]]:
    """The nodes of each outermost namespace."""
    boxes: dict[str, list[Node]] = defaultdict(list)
    for node in pipeline.nodes:
        boxes[(node.namespace or "").split(".")[0]].append(node)
    return boxes


def test_each_pipeline_has_its_name_and_the_default_is_all_but_inference_and_worker() -> None:
    pipelines = register_pipelines()
    assert set(pipelines) == {"__default__", "dp", "ds", "reporting", "inference", "worker"}
    parts = [set(pipelines[name].nodes) for name in ("dp", "ds", "reporting")]
    assert set(pipelines["__default__"].nodes) == set.union(*parts)
    assert sum(map(len, parts)) == len(pipelines["__default__"].nodes)


def test_the_flowchart_opens_on_three_boxes() -> None:
    # Kedro-Viz draws a namespace as one box that unfolds, and every other node by itself.
    boxes = group_nodes(register_pipelines()["__default__"])
    assert set(boxes) == {"data_processing", "data_science", "reporting"}


def test_the_flowchart_opens_on_few_datasets() -> None:
    # Kedro-Viz hides parameters, and what is read only in the box that writes it.
    pipeline = register_pipelines()["__default__"]
    boxes = [Pipeline(nodes) for nodes in group_nodes(pipeline).values()]
    datasets = set.union(*(box.inputs() | box.outputs() for box in boxes))
    assert len({name for name in datasets if not name.startswith("param")}) <= 22


def test_the_default_reads_the_raw_table_the_studies_past_runs_and_a_tracker_at_most() -> None:
    inputs = register_pipelines()["__default__"].inputs()
    data = {name for name in inputs if not name.startswith("param")}
    stores = {"study_storage", "prediction_store"}
    assert data == {"raw", "tracked_runs", "neptune_run", *stores}


def test_inference_needs_the_model_and_new_rows_only() -> None:
    inference = register_pipelines()["inference"]
    assert inference.inputs() == {"model", "new_samples"}
    assert inference.outputs() == {"predictions"}


def test_a_worker_makes_the_tables_and_saves_nothing_else() -> None:
    pipelines = register_pipelines()
    worker, tables = pipelines["worker"], pipelines["dp"]
    data = {name for name in worker.inputs() if not name.startswith("param")}
    assert data == {"raw", "study_storage", "prediction_store"}
    assert worker.datasets() - tables.datasets() - worker.inputs() == {"worker_preparation"}


def test_no_node_of_the_project_has_many_inputs() -> None:
    nodes = [node for pipeline in register_pipelines().values() for node in pipeline.nodes]
    own = [node for node in nodes if not node.func.__module__.startswith("kedro_sweep")]
    assert own
    assert max(len(node.inputs) for node in own) <= 8
