"""new_samples → predictions."""

from kedro.pipeline import Pipeline, node, pipeline

from .nodes import predict


def create_pipeline() -> Pipeline:
    """Create the inference pipeline.

    Returns:
        The pipeline from `model` and `new_samples` to `predictions`.
    """
    return pipeline(
        [node(predict, inputs=["model", "new_samples"], outputs="predictions", name="predict")],
        namespace="inference",
        prefix_datasets_with_namespace=False,
    )
