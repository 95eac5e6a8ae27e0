"""train → study → model → metrics."""

from kedro.pipeline import Pipeline, node, pipeline
from kedro_sweep.evaluation import list_findings, make_model_card
from kedro_sweep.tables import narrow_schema, prepare_rows
from kedro_sweep.tracking import flatten_parameters

from .nodes import evaluate_model, search_hyperparameters, train_model


def create_pipeline() -> Pipeline:
    """Create the data science pipeline.

    Returns:
        The pipeline from `train` and `test` to the model and its metrics.
    """
    return pipeline(
        [
            node(
                flatten_parameters,
                inputs="parameters",
                outputs="run_parameters",
                name="flatten_parameters",
            ),
            node(
                prepare_rows,
                inputs=["train", "means", "params:features", "params:split", "params:y_label"],
                outputs="preparation",
                name="prepare_rows",
            ),
            node(
                search_hyperparameters,
                inputs=[
                    "train",
                    "preparation",
                    "study_storage",
                    "prediction_store",
                    "params:y_label",
                    "params:split",
                    "params:duplicates",
                    "params:impute",
                    "params:model",
                    "params:search_space",
                    "params:models",
                    "params:sweep",
                    "params:ensemble",
                    "params:random_seed",
                    "neptune_run",
                ],
                outputs=["members", "best_params", "trials", "sweep_summary"],
                name="search_hyperparameters",
            ),
            node(
                train_model,
                inputs=[
                    "train",
                    "preparation",
                    "members",
                    "params:y_label",
                    "params:impute",
                    "params:model",
                    "params:search_space",
                    "params:models",
                    "params:sweep",
                    "params:random_seed",
                    "neptune_run",
                ],
                outputs=["model", "train_metrics", "features"],
                name="train_model",
            ),
            node(
                evaluate_model,
                inputs=[
                    "model",
                    "test",
                    "params:y_label",
                    "params:split",
                    "params:duplicates",
                    "sweep_summary",
                    "params:random_seed",
                    "neptune_run",
                ],
                outputs=["test_metrics", "test_details", "test_predictions"],
                name="evaluate_model",
            ),
            node(
                list_findings,
                inputs=[
                    "train",
                    "test",
                    "features",
                    "study_storage",
                    "sweep_summary",
                    "test_details",
                    "data_summary",
                    "row_groups",
                    "preparation",
                    "params:impute",
                    "params:random_seed",
                    "params:model",
                    "params:search_space",
                    "params:models",
                    "params:sweep",
                ],
                outputs="findings",
                name="list_findings",
            ),
            node(
                narrow_schema,
                inputs=["raw_schema", "model"],
                outputs="schema",
                name="narrow_schema",
            ),
            node(
                make_model_card,
                inputs=[
                    "model",
                    "train",
                    "features",
                    "sweep_summary",
                    "train_metrics",
                    "test_metrics",
                    "test_details",
                ],
                outputs="model_card",
                name="make_model_card",
            ),
        ],
        namespace="data_science",
        prefix_datasets_with_namespace=False,
    )
