"""The pipeline of a worker adds trials to a study and saves nothing else."""

from kedro_sweep.pipelines import work


def test_a_worker_reads_what_a_search_reads_and_saves_nothing() -> None:
    pipeline = work()
    groups = {"params:data", "params:sweep"}
    assert pipeline.inputs() == {"train", "means", "study_storage", "prediction_store", *groups}
    assert pipeline.outputs() == set()
