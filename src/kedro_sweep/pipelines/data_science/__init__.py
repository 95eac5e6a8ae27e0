"""From the training table to a tuned, evaluated model."""

from kedro_sweep.pipelines.data_science.pipeline import create_pipeline

__all__ = ["create_pipeline"]
