"""From the raw table to the training and test tables."""

from kedro_sweep.pipelines.data_processing.pipeline import create_pipeline

__all__ = ["create_pipeline"]
