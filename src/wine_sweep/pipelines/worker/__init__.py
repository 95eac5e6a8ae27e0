"""Add trials to a study that another run has started."""

from .pipeline import create_pipeline

__all__ = ["create_pipeline"]
