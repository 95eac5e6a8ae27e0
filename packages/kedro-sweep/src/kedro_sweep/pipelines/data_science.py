"""model, metrics → findings, schema and card of the model."""

from kedro.pipeline import Node, Pipeline

from kedro_sweep.evaluation import list_findings, make_model_card
from kedro_sweep.tables.schema import narrow_schema
from kedro_sweep.tracking import flatten_parameters


def record_model() -> Pipeline:
    """Record what a model is, how good it is, and what to do next.

    Returns:
        The pipeline from the model and its metrics to `run_parameters`, `findings`, `schema` and
        `model_card`.
    """
    search = ["features", "study_storage", "sweep_summary", "test_details"]
    tables = ["data_summary", "row_groups", "preparation", "params:data", "params:sweep"]
    metrics = ["train_metrics", "test_metrics", "test_details"]
    return Pipeline(
        [
            Node(flatten_parameters, "parameters", "run_parameters", name="flatten_parameters"),
            Node(list_findings, ["train", "test", *search, *tables], "findings", name="list_findings"),
            Node(narrow_schema, ["raw_schema", "model"], "schema", name="narrow_schema"),
            Node(
                make_model_card,
                ["model", "train", "features", "sweep_summary", *metrics],
                "model_card",
                name="make_model_card",
            ),
        ],
        namespace="reporting",
        prefix_datasets_with_namespace=False,
    )
