"""What a run sends to MLflow. Only an environment with a `mlflow.yml` loads it, by name."""
