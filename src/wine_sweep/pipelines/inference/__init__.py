"""From new rows to predictions."""

from .pipeline import create_pipeline as create_pipeline
