"""Kedro datasets of the project's own, one a module."""
