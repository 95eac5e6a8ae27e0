"""MLflow without a server."""

from collections.abc import Iterator

import mlflow
import pytest
from mlflow.entities import Run


@pytest.fixture(scope="session")
def _database(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("mlflow")
    mlflow.set_tracking_uri(f"sqlite:///{folder}/mlflow.db")
    mlflow.create_experiment("tests", artifact_location=str(folder))
    mlflow.set_experiment("tests")


@pytest.fixture
def run(_database: None) -> Iterator[Run]:
    """The active run."""
    with mlflow.start_run() as run:
        yield run
