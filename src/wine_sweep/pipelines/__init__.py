"""The pipelines: thin nodes that call the sweep package and scikit-learn."""
