"""The reporting pipeline makes the figures and needs nothing but what a run left."""

from wine_sweep.pipelines.reporting import create_pipeline
from wine_sweep.pipelines.reporting.pipeline import THIS_RUN


def test_figures_come_from_what_a_run_left() -> None:
    pipeline = create_pipeline()
    assert pipeline.outputs() == {
        "optimization_history",
        "param_importances",
        "slice",
        "parallel_coordinate",
        "train_confusion_matrix",
        "test_confusion_matrix",
        "runs_comparison",
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
        "tracked_runs",
        *THIS_RUN,
    }


def test_past_runs_are_loaded_when_this_run_is_saved() -> None:
    [node] = [node for node in create_pipeline().nodes if "tracked_runs" in node.inputs]
    assert {"run_parameters", "features", "train_metrics", "test_metrics"} <= set(node.inputs)
