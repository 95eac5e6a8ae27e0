"""The pipelines that `kedro run --pipelines NAME` knows."""

from kedro.pipeline import Pipeline

from kedro_sweep.pipelines import data_processing, data_science, reporting


def register_pipelines() -> dict[str, Pipeline]:
    """Name the project's pipelines.

    Returns:
        `dp` (split the table), `ds` (search, refit, evaluate), `reporting` (figures), and
        `__default__`, which is all of them.
    """
    pipelines = {
        "dp": data_processing.create_pipeline(),
        "ds": data_science.create_pipeline(),
        "reporting": reporting.create_pipeline(),
    }
    return {"__default__": sum(pipelines.values(), start=Pipeline([])), **pipelines}
