"""Tune, refit, evaluate and track a scikit-learn model on your own table."""

__version__ = "0.1.0"
