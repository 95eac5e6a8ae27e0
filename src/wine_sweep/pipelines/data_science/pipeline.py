"""train → study → model → metrics."""

from kedro.pipeline import Node, Pipeline
from kedro_sweep.pipelines import record_model
from kedro_sweep.tables import prepare_rows

from .nodes import evaluate_model, search_hyperparameters, train_model


def create_pipeline() -> Pipeline:
    """Create the data science pipeline.

    Returns:
        The pipeline from `train` and `test` to the model and its metrics, and the library's records of
        the model.
    """
    groups = ["params:data", "params:sweep"]
    stores = ["study_storage", "prediction_store"]
    found = ["members", "best_params", "trials"]
    steps = [
        Node(prepare_rows, ["train", "means", "params:data"], "preparation", name="prepare_rows"),
        Node(
            search_hyperparameters,
            ["train", "preparation", *groups, "params:decision", *stores, "neptune_run"],
            [*found, "sweep_summary", "selection_draws", "out_of_fold_predictions", "decision"],
            name="search_hyperparameters",
        ),
        Node(
            train_model,
            ["train", "preparation", "members", "decision", *groups, "neptune_run"],
            ["model", "train_metrics", "features"],
            name="train_model",
        ),
        Node(
            evaluate_model,
            ["model", "test", "params:data", "sweep_summary", "neptune_run"],
            ["test_metrics", "test_details", "test_predictions"],
            name="evaluate_model",
        ),
    ]
    search = Pipeline(steps, namespace="data_science", prefix_datasets_with_namespace=False)
    return search + record_model()
