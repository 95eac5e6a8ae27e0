"""The worker pipeline adds trials to a study and saves nothing else."""

from wine_sweep.pipelines import data_science, worker


def test_a_worker_reads_what_a_search_reads_and_saves_nothing() -> None:
    pipeline = worker.create_pipeline()
    inputs = {name for name in pipeline.inputs() if not name.startswith("param")}
    assert inputs == {"train", "means", "study_storage", "prediction_store"}
    assert pipeline.inputs() <= data_science.create_pipeline().inputs()
    assert pipeline.outputs() == set()
