"""The first minutes of a new user: from a fresh clone to a report, the demo, and what they install."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks.speed.measure import find_uv, make_environment, run_quietly
from benchmarks.speed.row import Measured, at_most
from benchmarks.wines import ROOT

CLONE, DEMO = "make run in a fresh clone", "kedro-sweep demo, from a wheel, in a new environment"

# The command once more, and the environment with what was installed.
Started = tuple[Callable[[], None], Path]


def bench_first(repeats: int) -> Measured:
    """Measure first runs, with the packages in the cache of uv, and the same commands once more."""
    first: dict[str, list[float]] = {CLONE: [], DEMO: []}
    again: dict[str, list[float]] = {CLONE: [], DEMO: []}
    sizes: dict[str, float] = {}
    with TemporaryDirectory() as built:
        starts: dict[str, Callable[[Path], Started]] = {
            CLONE: start_in_clone,
            DEMO: partial(start_demo, build_wheel(built)),
        }
        for repeat in range(repeats + 1):
            for name, start in starts.items():
                with TemporaryDirectory() as folder:
                    begin = perf_counter()
                    run_again, environment = start(Path(folder))
                    middle = perf_counter()
                    run_again()
                    end = perf_counter()
                    sizes[name] = measure_size(environment)
                if repeat:  # the first one fills the cache
                    first[name].append(middle - begin)
                    again[name].append(end - middle)
    size = "size of what make run installs, without byte code"
    return [
        at_most(CLONE, "again, nothing changed", first[CLONE], again[CLONE], 15),
        at_most(DEMO, "again", first[DEMO], again[DEMO], 10),
        at_most(size, "the demo's", [sizes[CLONE]], [sizes[DEMO]], 0.6, "GB"),
    ], {}


def start_in_clone(folder: Path) -> Started:
    """Clone the repository, and run all pipelines."""
    project = folder / "project"
    # `make` finds uv on the path; it would download it otherwise.
    path = f"{Path(find_uv()).parent}{os.pathsep}{os.environ['PATH']}"
    environment = make_environment() | {"PATH": path}
    run_quietly("git", "clone", "--quiet", str(ROOT), str(project))

    def run() -> None:
        run_quietly("make", "run", cwd=project, env=environment)

    run()
    return run, project / ".venv"


def build_wheel(folder: str) -> Path:
    """Build the wheel of the library."""
    package = str(ROOT / "packages/kedro-sweep")
    run_quietly(find_uv(), "build", "--wheel", "--out-dir", folder, package, env=make_environment())
    [wheel] = Path(folder).glob("*.whl")
    return wheel


def start_demo(wheel: Path, folder: Path) -> Started:
    """Install the wheel in a new environment, as `uvx` does, and run the demo."""
    environment, venv = make_environment(), folder / "venv"
    run_quietly(find_uv(), "venv", str(venv), cwd=folder, env=environment)
    run_quietly(find_uv(), "pip", "install", f"--python={venv}", str(wheel), env=environment)

    def run() -> None:
        demo = str(venv / "bin/kedro-sweep")
        run_quietly(demo, "demo", "--no-browser", cwd=folder, env=environment)

    run()
    return run, venv


def measure_size(environment: Path) -> float:
    """Add up the room on the disk of an environment without byte code, in GB."""
    files = (Path(folder) / name for folder, _, names in os.walk(environment) for name in names)
    return 512 * sum(file.lstat().st_blocks for file in files if file.suffix != ".pyc") / 1e9
