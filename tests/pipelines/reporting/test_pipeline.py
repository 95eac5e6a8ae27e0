"""The reporting pipeline draws the figures from the results of a run."""

from kedro_sweep.pipelines import THIS_RUN

from wine_sweep.pipelines.reporting import pipeline

from tests.test_catalog import FIGURES


def test_the_figures_need_only_what_a_run_left() -> None:
    reporting = pipeline.create_pipeline()
    assert reporting.outputs() == {
        "study_page",
        "runs_comparison",
        "runs_comparison_page",
        "report",
        "model_card_page",
    }
    assert set(FIGURES) <= reporting.all_outputs()
    assert reporting.inputs() == {
        "study_storage",
        "model",
        "train",
        "test",
        "params:data",
        "tracked_runs",
        "model_card",
        "best_params",
        "trials",
        "test_details",
        "test_predictions",
        "out_of_fold_predictions",
        "findings",
        "data_summary",
        *THIS_RUN.values(),
    }
