"""From the study, the model and the tracked runs to figures."""

from .pipeline import create_pipeline as create_pipeline
