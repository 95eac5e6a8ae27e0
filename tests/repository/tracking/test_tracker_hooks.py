"""A run that no tracker follows imports none."""

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import Project

SCRIPT = """
import importlib.metadata, sys
importlib.metadata.distributions = lambda **kwargs: iter(())
from pathlib import Path
from kedro.framework.project import pipelines
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project
bootstrap_project(".")
slow = {"matplotlib", "optuna", "pandas", "scipy", "sklearn"}
print("for every command:", sorted(slow & set(sys.modules)))
session = KedroSession.create(".", save_on_close=False)
assert session.load_context().catalog.keys() and pipelines["__default__"].nodes
slow = {"matplotlib.pyplot", "optuna.visualization", "pandera", "plotly", "skrub", "sqlalchemy"}
print("loaded:", sorted(slow & set(sys.modules)))
from tests.conftest import Project
Project(Path.cwd()).run_here("dp")
slow = {"mlflow", "kedro_mlflow", "neptune", "optuna_dashboard", "plotly.express", "sqlalchemy"}
print("imported:", sorted(slow & set(sys.modules)))
from kedro_datasets.pandas import SQLTableDataset
print("named:", SQLTableDataset.__name__)
"""


def test_each_step_to_a_run_imports_nothing_that_only_later_ones_need(
    project: Project, root: Path
) -> None:
    # A process, as this one may have imported them already. The script hides the plugins' entry points:
    # Kedro imports all that are installed.
    printed = subprocess.check_output(
        [sys.executable, "-c", SCRIPT],
        cwd=project.path,
        env=os.environ | {"PYTHONPATH": str(root)},
        text=True,
    )
    assert "for every command: []\n" in printed
    assert "loaded: []\n" in printed
    assert printed.endswith("imported: []\nnamed: SQLTableDataset\n")
