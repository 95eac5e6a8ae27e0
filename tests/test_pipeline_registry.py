"""The pipelines have the names that the README gives them."""

from wine_sweep.pipeline_registry import register_pipelines


def test_each_pipeline_has_its_name_and_the_default_is_all() -> None:
    pipelines = register_pipelines()
    assert set(pipelines) == {"__default__", "dp", "ds", "reporting"}
    parts = [set(pipelines[name].nodes) for name in ("dp", "ds", "reporting")]
    assert set(pipelines["__default__"].nodes) == set.union(*parts)
    assert sum(map(len, parts)) == len(pipelines["__default__"].nodes)


def test_the_default_needs_the_raw_table_the_storage_past_runs_and_where_neptune_may_be_only() -> None:
    inputs = register_pipelines()["__default__"].inputs()
    data = {name for name in inputs if not name.startswith("param")}
    assert data == {"raw", "study_storage", "tracked_runs", "neptune_run"}
