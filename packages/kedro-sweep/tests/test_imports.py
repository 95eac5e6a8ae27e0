"""The library is imported wherever Python runs, even where it is not tested."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import kedro_sweep
from kedro_sweep.notebook._demo import WINES

SOURCE = Path(kedro_sweep.__file__).parent

IMPORT_TWICE = """
import os, sys
from importlib import import_module

def import_packages():
    for name in ("cli", "datasets", "evaluation", "hooks", "pipelines", "report", "search", "tables"):
        import_module(f"kedro_sweep.{name}")

import_packages()  # and with them all libraries
for name in [name for name in sys.modules if name.startswith("kedro_sweep")]:
    del sys.modules[name]
for name in ("fcntl", "grp", "pty", "pwd", "resource", "termios"):
    sys.modules[name] = None
del os.register_at_fork
import_packages()
for name in [name for name in sys.modules if name.startswith("kedro_sweep")]:
    del sys.modules[name]
for name in ("kedro", "kedro_datasets", "mlflow", "omegaconf", "pandera", "plotly"):
    sys.modules[name] = None
for name in ("evaluation", "report.comparison", "report.page", "search", "tables"):
    import_module(f"kedro_sweep.{name}")

import pandas as pd
from kedro_sweep.notebook import tune

wines = pd.read_csv(sys.argv[1], usecols=["alcohol", "density", "pH"]).head(100)
space = {"alpha": {"type": "float", "low": 0.1, "high": 10.0}}
sweep = {"model": {"class": "sklearn.linear_model.Ridge"}, "search_space": space}
result = tune(wines, "alcohol", models=None, n_trials=2, sweep=sweep | {"untuned_boosting": False})
result.report(sys.argv[2], browser=False)
"""


def test_what_only_unix_has_is_not_needed_and_the_core_does_without_kedro(tmp_path: Path) -> None:
    # A process, because parts of the standard library, and packages, are taken away.
    command = [sys.executable, "-c", IMPORT_TWICE, str(WINES), str(tmp_path / "report.html")]
    subprocess.run(command, check=True)
    assert "<svg" in (tmp_path / "report.html").read_text(encoding="utf-8")


def list_imports() -> Iterator[tuple[str, str]]:
    """Each module of the library with each module that it imports."""
    for path in SOURCE.rglob("*.py"):
        importer = ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("kedro_sweep"):
                yield importer, str(node.module)


def test_a_private_module_is_imported_only_inside_its_own_package() -> None:
    private = [(importer, found) for importer, found in list_imports() if "._" in found]
    assert private
    assert [pair for pair in private if not pair[0].startswith(pair[1].partition("._")[0] + ".")] == []
