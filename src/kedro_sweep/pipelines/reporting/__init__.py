"""From the study and the model to figures."""

from kedro_sweep.pipelines.reporting.pipeline import create_pipeline

__all__ = ["create_pipeline"]
