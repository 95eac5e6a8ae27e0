"""new_samples → predictions."""

from kedro.pipeline import Node, Pipeline

from .nodes import predict


def create_pipeline() -> Pipeline:
    """Create the inference pipeline.

    Returns:
        The pipeline from `model` and `new_samples` to `predictions`.
    """
    return Pipeline(
        [Node(predict, ["model", "new_samples"], "predictions", name="predict")],
        namespace="inference",
        prefix_datasets_with_namespace=False,
    )
