"""The pipelines that `kedro run --pipelines NAME` can run."""

from kedro.pipeline import Pipeline
from kedro_sweep.pipelines import work

from .pipelines import data_processing, data_science, inference, reporting


def register_pipelines() -> dict[str, Pipeline]:
    """Register the project's pipelines.

    Returns:
        `dp` (split the table), `ds` (search, train, evaluate), `reporting` (figures), `__default__`,
        which runs these three, `inference` (predict new rows), and `worker` (add trials to the study of
        a run on another machine).
    """
    dp = data_processing.create_pipeline()
    ds = data_science.create_pipeline()
    report = reporting.create_pipeline()
    return {
        "__default__": dp + ds + report,
        "dp": dp,
        "ds": ds,
        "reporting": report,
        "inference": inference.create_pipeline(),
        "worker": dp + work(),
    }
