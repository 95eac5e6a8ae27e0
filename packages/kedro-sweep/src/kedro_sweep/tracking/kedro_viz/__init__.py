"""Kedro-Viz's Experiment Tracking page, which was removed after release 10.2.0."""

from kedro_sweep.tracking.kedro_viz._environment import prepare_environment

__all__ = [
    "prepare_environment",
]
