"""The reporting pipeline makes the six figures and needs nothing but what a run left."""

from kedro_sweep.pipelines.reporting import create_pipeline


def test_six_figures_come_from_what_a_run_left() -> None:
    pipeline = create_pipeline()
    assert pipeline.outputs() == {
        "optimization_history",
        "param_importances",
        "slice",
        "parallel_coordinate",
        "train_confusion_matrix",
        "test_confusion_matrix",
    }
    assert pipeline.inputs() >= {"study_storage", "sweep_summary", "model", "train", "test"}
    assert pipeline.inputs() <= {
        "study_storage",
        "sweep_summary",
        "model",
        "train",
        "test",
        "params:features",
        "params:y_label",
    }
