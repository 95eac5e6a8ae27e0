"""Experiment tracking: what is recorded of each run, and how other tools see it."""
