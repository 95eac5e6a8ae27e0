"""The data science pipeline runs alone on the training and the test table."""

from wine_sweep.pipelines import data_science


def test_a_run_that_starts_at_training_makes_all_that_a_model_needs_to_predict() -> None:
    pipeline = data_science.create_pipeline().from_nodes("data_science.train_model")
    assert {"model", "model_card", "schema"} <= pipeline.all_outputs()


def test_a_model_and_its_metrics_come_from_the_two_tables() -> None:
    pipeline = data_science.create_pipeline()
    data = {name for name in pipeline.inputs() if not name.startswith("param")}
    stores = {"study_storage", "prediction_store"}
    assert data == {
        "train",
        "test",
        "means",
        "raw_schema",
        "data_summary",
        "row_groups",
        "neptune_run",
        *stores,
    }
    assert pipeline.all_outputs() == {
        "run_parameters",
        "preparation",
        "members",
        "best_params",
        "sweep_summary",
        "search_metrics",
        "selection_draws",
        "decision",
        "trials",
        "out_of_fold_predictions",
        "model",
        "train_metrics",
        "features",
        "test_metrics",
        "test_details",
        "slices",
        "test_references",
        "verdict",
        "findings",
        "test_predictions",
        "schema",
        "model_card",
    }
