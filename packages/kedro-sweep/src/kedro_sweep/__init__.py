"""Exact, resumable hyperparameter search for Kedro projects, with every run tracked and comparable."""

__version__ = "0.2.0"
