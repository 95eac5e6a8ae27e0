"""From the study, the model and the tracked runs to figures."""

from .pipeline import create_pipeline

__all__ = ["create_pipeline"]
