"""The pipelines: short nodes that call the library and scikit-learn."""
