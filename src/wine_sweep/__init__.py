"""Tune, refit, evaluate and track a model of the quality of red wine."""
