"""The reporting pipeline draws the figures from what a run left."""

from wine_sweep.pipelines.reporting import pipeline


def test_the_figures_need_only_what_a_run_left() -> None:
    reporting = pipeline.create_pipeline()
    assert reporting.outputs() == {
        "optimization_history",
        "param_importances",
        "slice",
        "parallel_coordinate",
        "train_confusion_matrix",
        "test_confusion_matrix",
        "permutation_importance",
        "partial_dependence",
        "test_curves",
        "model_figures",
        "runs_comparison",
    }
    assert reporting.inputs() == {
        "study_storage",
        "model",
        "train",
        "test",
        "params:y_label",
        "params:random_seed",
        "tracked_runs",
        *pipeline.THIS_RUN,
    }


def test_past_runs_are_loaded_after_this_run_is_saved() -> None:
    [node] = [node for node in pipeline.create_pipeline().nodes if "tracked_runs" in node.inputs]
    assert {"run_parameters", "features", "train_metrics", "test_metrics"} <= set(node.inputs)
