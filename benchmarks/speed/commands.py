"""Time the command line."""

import shutil
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.speed.measure import find_uv, make_environment, run_quietly, time_alternately
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
ROWS = "thousand_rows.csv"
# Commands that should take little more time than their own imports.
COMMANDS = ("sweep --help", "sweep studies", "sweep compare --no-browser", f"sweep predict {ROWS}")
# Run a command, and list what it has imported, in the order in which it was. This must be a file: an
# unchanged run takes nothing over in `python -c`, as in a notebook.
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


def bench_commands(repeats: int) -> Measured:
    """Measure how much time `kedro run` takes in addition to the search."""
    seconds = time_commands(ROOT, repeats)
    unchanged, default, lean = seconds["run"], seconds["default"], seconds["lean"]
    run = "kedro run, nothing changed"
    rows = [
        at_most(run, "its imports alone", unchanged, seconds["imports of run"], 3.0),
        at_most_more(run, "an empty pipeline", unchanged, seconds["empty"], 1.5),
        at_most_times("kedro run --pipelines dp", "without any extra", default, lean, 1.15),
    ]
    for command in COMMANDS:
        name = f"kedro {command}".replace(f" {ROWS}", ", 1,000 rows")
        imports = seconds[f"imports of {command}"]
        rows.append(at_most_times(name, "its imports alone", seconds[command], imports, 1.5))
    return rows, {}


def copy_project(root: Path, target: Path) -> Path:
    """Copy the project without what was made in it."""
    ignore = shutil.ignore_patterns(".*", "0[2-9]*", "docs", "tests")
    shutil.copytree(root, target, ignore=ignore)
    shutil.copy(root / ".telemetry", target)
    return target


def time_commands(root: Path, repeats: int) -> dict[str, list[float]]:
    """Time `kedro run` in environments created for this purpose."""
    environment = make_environment()
    with TemporaryDirectory() as folder:
        project = copy_project(root, Path(folder) / "project")
        empty = Path(folder) / "empty"
        for name, text in EMPTY_PROJECT.items():
            (empty / name).parent.mkdir(parents=True, exist_ok=True)
            (empty / name).write_text(text)
        lean = _install(Path(folder) / "lean", LEAN_PACKAGES, root)
        default = _install(Path(folder) / "default", ["-r", "requirements.txt"], root)
        run_dp = ["run", "--pipelines=dp"]
        start_up = {
            "empty": lambda: run_quietly(str(default / "kedro"), "run", cwd=empty, env=environment),
            "lean": lambda: run_quietly(str(lean / "kedro"), *run_dp, cwd=project, env=environment),
            "default": lambda: run_quietly(
                str(default / "kedro"), *run_dp, cwd=project, env=environment
            ),
        }
        time_alternately(start_up, 1)
        seconds, _ = time_alternately(start_up, repeats)
        return seconds | time_with_imports(project, default, repeats)


def time_with_imports(project: Path, programs: Path, repeats: int) -> dict[str, list[float]]:
    """Time commands in a project with a run, and processes that only import what they import."""
    with (project / "data/01_raw/WineQT.csv").open() as table:
        (project / ROWS).write_text("".join(islice(table, 1001)))
    run = partial(run_quietly, cwd=project, env=make_environment())
    kedro, python = str(programs / "kedro"), str(programs / "python")
    ways = {}
    run(kedro, "run")
    (project / "list_imports.py").write_text(LIST_IMPORTS)
    for command in ("run", *COMMANDS):
        run(python, "list_imports.py", *command.split())
        imports = (project / "imports.txt").read_text()
        ways[command] = partial(run, kedro, *command.split())
        ways[f"imports of {command}"] = partial(run, python, "-c", IMPORT_LISTED, imports)
    return time_alternately(ways, repeats)[0]


def _install(venv: Path, packages: list[str], root: Path) -> Path:
    uv, environment = find_uv(), make_environment()
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
