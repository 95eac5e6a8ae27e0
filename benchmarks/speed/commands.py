"""Time the command line."""

import os
import shutil
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.speed.measure import run_quietly, time_alternately
from benchmarks.speed.row import Measured, at_most, at_most_more, at_most_times
from benchmarks.wines import ROOT

EMPTY_PROJECT = {
    "pyproject.toml": """[tool.kedro]
project_name = "Empty"
package_name = "empty"
kedro_init_version = "1.7.0"
source_dir = "src"
""",
    "src/empty/__init__.py": "",
    # Where extras are installed, their plugins would take part in any project.
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
# The reference for the start-up of the default install.
LEAN_PACKAGES = [
    "kedro[pydantic]",
    "kedro-datasets[pandas-csvdataset,pandas-parquetdataset,json-jsondataset,pickle-pickledataset]",
    "pandas",
    "scikit-learn",
    "optuna",
]
LIBRARY = "--editable=packages/kedro-sweep"
# Commands that should take little more time than their own imports.
ROWS = "thousand_rows.csv"
SWEEP_COMMANDS = ("--help", "studies", "compare --no-browser", f"predict {ROWS}")
# Run a command, and list what it has imported, in the order in which it was.
LIST_IMPORTS = """
import sys
from pathlib import Path
from kedro.framework.cli import main
try:
    main()
finally:
    Path("imports.txt").write_text("\\n".join(sys.modules))
"""
# Import the same, and do nothing else.
IMPORT_LISTED = """
import sys
from contextlib import suppress
from importlib import import_module
sys.path.insert(0, "src")
for name in sys.argv[1].split():
    with suppress(Exception):  # a few modules are made by other code, and in no file
        import_module(name)
"""
# Everything that a whole run imports beyond Kedro.
IMPORTS = "import sklearn.ensemble, optuna.visualization, plotly.graph_objects, matplotlib.pyplot"


def bench_commands(repeats: int) -> Measured:
    """Measure how much time `kedro run` takes in addition to the search."""
    seconds = time_commands(ROOT, repeats)
    empty, unchanged = seconds["empty"], seconds["unchanged"]
    default, lean = seconds["default"], seconds["lean"]
    run = "kedro run, nothing changed"
    rows = [
        at_most(run, "its imports alone", unchanged, seconds["imports"], 3.0),
        at_most_more(run, "an empty pipeline", unchanged, empty, 1.5),
        at_most_times("kedro run --pipelines dp", "without any extra", default, lean, 1.15),
    ]
    for command in SWEEP_COMMANDS:
        name = f"kedro sweep {command}".replace(f" {ROWS}", ", 1,000 rows")
        imports = seconds[f"imports of {command}"]
        rows.append(at_most_times(name, "its imports alone", seconds[command], imports, 1.5))
    return rows, {}


def copy_project(root: Path, target: Path) -> Path:
    """Copy the project without what was made in it."""
    ignore = shutil.ignore_patterns(".*", "0[2-9]*", "docs", "tests")
    shutil.copytree(root, target, ignore=ignore)
    shutil.copy(root / ".telemetry", target)
    return target


def _environment() -> dict[str, str]:
    # Without byte code, each start would compile everything that it imports.
    unwanted = {"PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT"}
    return {name: value for name, value in os.environ.items() if name not in unwanted}


def time_commands(root: Path, repeats: int) -> dict[str, list[float]]:
    """Time `kedro run` in environments created for this purpose."""
    environment = _environment()
    with TemporaryDirectory() as folder:
        project = copy_project(root, Path(folder) / "project")
        empty = Path(folder) / "empty"
        for name, text in EMPTY_PROJECT.items():
            (empty / name).parent.mkdir(parents=True, exist_ok=True)
            (empty / name).write_text(text)
        lean = _install(Path(folder) / "lean", LEAN_PACKAGES, root)
        default = _install(Path(folder) / "default", ["-r", "requirements.txt"], root)
        run_all = [str(default / "kedro"), "run"]
        whole = {
            "empty": lambda: run_quietly(*run_all, cwd=empty, env=environment),
            "unchanged": lambda: run_quietly(*run_all, cwd=project, env=environment),
            "imports": lambda: run_quietly(str(default / "python"), "-c", IMPORTS, env=environment),
        }
        run_dp = ["run", "--pipelines=dp"]
        start_up = {
            "lean": lambda: run_quietly(str(lean / "kedro"), *run_dp, cwd=project, env=environment),
            "default": lambda: run_quietly(
                str(default / "kedro"), *run_dp, cwd=project, env=environment
            ),
        }
        seconds: dict[str, list[float]] = {}
        for ways in (whole, start_up):
            time_alternately(ways, 1)
            seconds |= time_alternately(ways, repeats)[0]
        seconds |= time_sweep_commands(project, default, repeats)
    return seconds


def time_sweep_commands(project: Path, programs: Path, repeats: int) -> dict[str, list[float]]:
    """Time commands in a project with a run, and processes that only import what they import."""
    with (project / "data/01_raw/WineQT.csv").open() as table:
        (project / ROWS).write_text("".join(islice(table, 1001)))
    run = partial(run_quietly, cwd=project, env=_environment())
    kedro, python = str(programs / "kedro"), str(programs / "python")
    ways = {}
    for command in SWEEP_COMMANDS:
        arguments = ["sweep", *command.split()]
        run(python, "-c", LIST_IMPORTS, *arguments)
        imports = (project / "imports.txt").read_text()
        ways[command] = partial(run, kedro, *arguments)
        ways[f"imports of {command}"] = partial(run, python, "-c", IMPORT_LISTED, imports)
    return time_alternately(ways, repeats)[0]


def _install(venv: Path, packages: list[str], root: Path) -> Path:
    # Find uv through `uv run`, because it may not be on the path.
    uv = os.environ.get("UV") or shutil.which("uv") or "uv"
    environment = _environment()
    run_quietly(uv, "venv", "--quiet", str(venv), cwd=root, env=environment)
    run_quietly(
        uv,
        "pip",
        "install",
        "--compile-bytecode",
        f"--python={venv}",
        "--constraints=requirements.txt",
        LIBRARY,
        *packages,
        cwd=root,
        env=environment,
    )
    return venv / "bin"
