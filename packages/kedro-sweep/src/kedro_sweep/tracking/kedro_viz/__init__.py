"""Kedro-Viz's Experiment Tracking page, which was removed after release 10.2.0."""
