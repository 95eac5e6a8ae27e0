"""Tune, train, evaluate and track a model of the quality of red wine."""
