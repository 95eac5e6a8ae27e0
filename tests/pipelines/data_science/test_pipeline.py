"""The data science pipeline runs alone on the training and the test table."""

from wine_sweep.pipelines import data_science


def test_a_model_and_its_metrics_come_from_the_two_tables() -> None:
    pipeline = data_science.create_pipeline()
    data = {name for name in pipeline.inputs() if not name.startswith("param")}
    assert data == {"train", "test", "study_storage", "neptune_run"}
    assert pipeline.outputs() == {
        "run_parameters",
        "sweep_summary",
        "trials",
        "train_metrics",
        "features",
        "test_metrics",
        "test_predictions",
    }
