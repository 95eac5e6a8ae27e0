"""Resumable hyperparameter search for Kedro projects, with exact scores and a record of every run."""

__version__ = "0.2.0"
