"""Measure several ways side by side."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Collection, Mapping
from time import perf_counter
from typing import Any

# On Linux, getrusage in a new process starts with the peak of the process that started it.
PRINT_USE = """
import resource, sys
if sys.platform == "linux":
    with open("/proc/self/status") as status:
        peak = next(1024 * int(line.split()[1]) for line in status if line.startswith("VmHWM"))
else:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print("USE", peak)
"""


def time_alternately(
    ways: Mapping[str, Callable[[], Any]], repeats: int, once: Collection[str] = ()
) -> tuple[dict[str, list[float]], dict[str, Any]]:
    """Run every way several times, alternately forwards and backwards: a slow minute affects all."""
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    results: dict[str, Any] = {}
    for repeat in range(repeats):
        order = list(ways) if repeat % 2 == 0 else list(reversed(list(ways)))
        for name in order:
            if repeat and name in once:
                continue
            start = perf_counter()
            results[name] = ways[name]()
            seconds[name].append(perf_counter() - start)
    return seconds, results


def find_uv() -> str:
    """Find uv, which `uv run` names if it is not on the path."""
    return os.environ.get("UV") or shutil.which("uv") or "uv"


def make_environment() -> dict[str, str]:
    """Leave out the variables that would name another environment, or keep Python from saving byte code."""
    unwanted = {
        "PYTHONDONTWRITEBYTECODE",
        "UV_COMPILE_BYTECODE",
        "UV_PROJECT_ENVIRONMENT",
        "VIRTUAL_ENV",
    }
    return {name: value for name, value in os.environ.items() if name not in unwanted}


def run_quietly(*command: str, cwd: Any = None, env: Mapping[str, str] | None = None) -> None:
    """Run a command to its end."""
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stdout}\n{done.stderr}")


def measure_process(code: str, *args: str, cwd: Any = None) -> tuple[float, float]:
    """Run Python code in a new process; measure its seconds and its peak memory in MiB."""
    command = [sys.executable, "-c", code + PRINT_USE, *args]
    start = perf_counter()
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    seconds = perf_counter() - start
    if done.returncode:
        raise RuntimeError(f"{' '.join(args)} failed:\n{done.stdout}\n{done.stderr}")
    return seconds, int(done.stdout.split("USE")[-1]) / 2**20
