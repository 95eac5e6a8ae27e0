"""From the raw table to the training and test tables."""

from .pipeline import create_pipeline as create_pipeline
