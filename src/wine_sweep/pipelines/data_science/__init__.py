"""From the training table to a tuned, evaluated model."""

from .pipeline import create_pipeline as create_pipeline
