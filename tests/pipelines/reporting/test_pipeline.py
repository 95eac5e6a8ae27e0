"""The reporting pipeline draws the figures from the results of a run."""

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
        "runs_comparison",
        "runs_comparison_page",
        "report",
        "model_card_page",
    }
    assert reporting.inputs() == {
        "study_storage",
        "model",
        "train",
        "test",
        "params:y_label",
        "params:random_seed",
        "tracked_runs",
        "model_card",
        "trials",
        "test_details",
        "findings",
        "data_summary",
        *pipeline.THIS_RUN,
    }


def test_past_runs_are_loaded_after_this_run_is_saved() -> None:
    nodes = [node for node in pipeline.create_pipeline().nodes if "tracked_runs" in node.inputs]
    assert {node.short_name for node in nodes} == {"compare_runs", "make_report"}
    for node in nodes:
        assert set(pipeline.THIS_RUN) <= set(node.inputs)
