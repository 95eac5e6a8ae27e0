"""Time the command line."""

import os
import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.measure import run_quietly, time_alternately

EMPTY_PROJECT = {
    "pyproject.toml": """[tool.kedro]
project_name = "Empty"
package_name = "empty"
kedro_init_version = "1.7.0"
source_dir = "src"
""",
    "src/empty/__init__.py": "",
    # Where extras are installed, their plugins would have a say in any project.
    "src/empty/settings.py": 'DISABLE_HOOKS_FOR_PLUGINS = ("kedro_mlflow", "kedro-neptune")\n',
    "src/empty/pipeline_registry.py": """from kedro.pipeline import node, pipeline

def register_pipelines():
    return {"__default__": pipeline([node(lambda: 0, None, "zero", name="nothing")])}
""",
    "conf/base/catalog.yml": "",
    "conf/base/parameters.yml": "",
    "conf/local/.gitkeep": "",
    ".telemetry": "consent: false\n",
}
# What the start-up of the default install is compared with.
LEAN_PACKAGES = [
    "kedro[pydantic]",
    "kedro-datasets[pandas-csvdataset,json-jsondataset,pickle-pickledataset]",
    "pandas",
    "scikit-learn",
    "optuna",
]


def _copy_project(root: Path, target: Path) -> Path:
    ignore = shutil.ignore_patterns(".*", "0[2-9]*", "docs", "tests")
    shutil.copytree(root, target, ignore=ignore)
    shutil.copy(root / ".telemetry", target)
    return target


def _environment() -> dict[str, str]:
    # Without byte code every start compiles all that it imports.
    unwanted = {"PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT"}
    return {name: value for name, value in os.environ.items() if name not in unwanted}


def time_commands(root: Path, repeats: int) -> tuple[float, float]:
    """Time `kedro run` of an empty pipeline, and of this project when nothing has changed.

    Args:
        root: The project.
        repeats: How often each is run.

    Returns:
        The seconds of both.
    """
    kedro = str(Path(sys.executable).with_name("kedro"))
    environment = _environment()
    with TemporaryDirectory() as folder:
        project = _copy_project(root, Path(folder) / "project")
        empty = Path(folder) / "empty"
        for name, text in EMPTY_PROJECT.items():
            (empty / name).parent.mkdir(parents=True, exist_ok=True)
            (empty / name).write_text(text)
        ways = {
            "empty": lambda: run_quietly(kedro, "run", cwd=empty, env=environment),
            "unchanged": lambda: run_quietly(kedro, "run", cwd=project, env=environment),
        }
        time_alternately(ways, 1)
        seconds, _ = time_alternately(ways, 2 * repeats + 1)
    return seconds["empty"], seconds["unchanged"]


def time_start_up(root: Path, repeats: int) -> tuple[float, float]:
    """Time `kedro run --pipeline dp` with the default install, and with what it cannot do without.

    Args:
        root: The project.
        repeats: How often each is run.

    Returns:
        The seconds without any extra, and of the default install.
    """
    # `uv run` tells where it is, as it need not be on the path.
    uv = os.environ.get("UV") or shutil.which("uv") or "uv"
    environment = _environment()
    with TemporaryDirectory() as folder:
        project = _copy_project(root, Path(folder) / "project")
        lean, default = Path(folder) / "lean", Path(folder) / "default"
        for venv, packages in ((lean, LEAN_PACKAGES), (default, ["-r", "requirements.txt"])):
            run_quietly(uv, "venv", "--quiet", str(venv), cwd=root, env=environment)
            run_quietly(
                uv,
                "pip",
                "install",
                "--compile-bytecode",
                f"--python={venv}",
                "--constraints=requirements.txt",
                *packages,
                cwd=root,
                env=environment,
            )
        ways = {
            venv.name: lambda venv=venv: run_quietly(
                str(venv / "bin/kedro"), "run", "--pipeline=dp", cwd=project, env=environment
            )
            for venv in (lean, default)
        }
        time_alternately(ways, 1)
        seconds, _ = time_alternately(ways, 2 * repeats + 1)
    return seconds["lean"], seconds["default"]
