"""Kedro datasets, one per module."""
