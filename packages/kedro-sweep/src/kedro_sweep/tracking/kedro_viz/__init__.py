"""Kedro-Viz's Experiment Tracking page, which its releases after 10.2.0 no longer have."""
