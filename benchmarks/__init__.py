"""Benchmarks: speed, strength of the models, and simulations of the estimates."""
