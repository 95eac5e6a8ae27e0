"""What a run sends to MLflow. Loaded by name, only in an environment with an `mlflow.yml`."""
