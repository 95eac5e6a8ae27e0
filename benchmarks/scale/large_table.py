"""Take a table of 1,000,000 rows through all commands: `python -m benchmarks.scale.large_table`.

Each command runs in a copy of the project. Memory is that of all its processes together, pages that they
share counted once. The silence is the longest time without a line of output.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread
from time import monotonic

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split

from benchmarks.markdown import make_table
from benchmarks.wines import ROOT

ROWS, NUMBERS, SEED, TARGET = 1_000_000, 18, 0, "bought"
STEPS = ("use", "run", "contest", "predict", "report", "untuned")
PAUSE = 0.25


@dataclass
class Measured:
    """How long a command took, and the most memory of all its processes at a time."""

    seconds: float
    gigabytes: float
    silence: float


def make_large(rows: int = ROWS) -> pd.DataFrame:
    """Make two classes that depend on lines, curves and products of 18 numbers and two categories."""
    random = np.random.default_rng(SEED)
    x = random.normal(size=(rows, NUMBERS))
    region, device = random.integers(0, 12, rows), random.integers(0, 5, rows)
    effect = random.normal(0, 0.5, (12, 5))
    score = 0.35 * x[:, :4].sum(axis=1) + effect[region, device]
    score += 0.6 * x[:, 4] * x[:, 5] + 0.5 * np.abs(x[:, 6]) - 0.5 * (x[:, 7] > 0.5) * x[:, 8]
    table = pd.DataFrame(x.round(4), columns=[f"x{number}" for number in range(NUMBERS)])
    table["region"] = np.char.add("region ", region.astype(str))
    table["device"] = np.array(["phone", "tablet", "laptop", "desktop", "other"])[device]
    table[TARGET] = np.where(score + random.logistic(0, 1, rows) > 0.5, "yes", "no")
    return table


def score_untuned(path: Path) -> None:
    """Train the line that skrub recommends on the rows that the project trains on, and print its AUC."""
    from skrub import tabular_pipeline  # noqa: PLC0415  # only in the process that needs it

    table = pd.read_csv(path)
    X, y = table.drop(columns=TARGET), table[TARGET]
    parts = train_test_split(X, y, test_size=0.15, random_state=42, stratify=y)
    X_train, X_test, y_train, y_test = parts
    start = monotonic()
    model = tabular_pipeline("classifier").fit(X_train, y_train)
    print(f"fit {monotonic() - start:.1f} s")
    print(f"AUC {roc_auc_score(y_test, model.predict_proba(X_test)[:, 1]):.4f}")


def measure(command: Sequence[str], folder: Path, log: Path) -> Measured:
    """Run a command, watched by a thread."""
    unwanted = {"PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV", "UV_PROJECT_ENVIRONMENT"}
    given = {"PYTHONUNBUFFERED": "1", "KEDRO_DISABLE_TELEMETRY": "1", "PYTHONPATH": str(ROOT)}
    environment = {name: value for name, value in os.environ.items() if name not in unwanted} | given
    start = last = monotonic()
    silence, peak, over = 0.0, [0], Event()
    with (
        log.open("a") as file,
        subprocess.Popen(
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process,
    ):
        watcher = Thread(target=_watch, args=(process.pid, peak, over))
        watcher.start()
        assert process.stdout
        for line in process.stdout:
            now = monotonic()
            silence, last = max(silence, now - last), now
            file.write(f"{now - start:7.1f} {peak[0] / 1e9:5.2f} GB  {line}")
            file.flush()
    over.set()
    watcher.join()
    if process.returncode:
        sys.exit(f"{' '.join(command)} failed with {process.returncode}: see {log}")
    now = monotonic()
    return Measured(now - start, peak[0] / 1e9, max(silence, now - last))


def _watch(pid: int, peak: list[int], over: Event) -> None:
    while not over.wait(PAUSE):
        peak[0] = max(peak[0], _add_up(pid))


def _add_up(pid: int) -> int:
    """Add up the memory of a process and all that it started, as Linux reports it."""
    try:
        proportional = Path(f"/proc/{pid}/smaps_rollup").read_text().partition("\nPss:")[2]
        children = Path(f"/proc/{pid}/task").glob("*/children")
        started = [int(child) for file in children for child in file.read_text().split()]
    except OSError:  # it has ended
        return 0
    return 1024 * int(proportional.split()[0]) + sum(map(_add_up, started)) if proportional else 0


def list_commands(path: Path, timeout: float) -> dict[str, list[str]]:
    """List the commands by step."""
    kedro = [str(Path(sys.executable).with_name("kedro"))]
    params = "sweep.scoring=roc_auc,sweep.n_jobs=-1"
    contest = f"{params},sweep.timeout={timeout:g},sweep.n_trials=100000"
    return {
        "use": [*kedro, "sweep", "use", str(path), "--target", TARGET],
        "run": [*kedro, "run", "--params", params],
        "contest": [*kedro, "run", "--env", "contest", "--params", contest],
        "predict": [*kedro, "sweep", "predict", str(path)],
        "report": [*kedro, "run", "--env", "contest", "--pipelines", "reporting"],
        "untuned": [sys.executable, "-m", "benchmarks.scale.large_table", "--untuned", str(path)],
    }


def _find_auc(project: Path, log: str) -> str:
    if "AUC " in log:
        return log.rpartition("AUC ")[2].split()[0]
    newest = max((project / "data/09_tracking/test_metrics.json").glob("*/*"), default=None)
    return "" if newest is None else f"{json.loads(newest.read_text())['roc_auc']:.4f}"


def main() -> None:
    """Make the table, run the steps, and print a table of what they took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--timeout", type=float, default=300, help="seconds of the contest")
    parser.add_argument("--steps", nargs="*", choices=STEPS, default=STEPS)
    parser.add_argument("--folder", type=Path, help="keep the project and the output of each step here")
    parser.add_argument("--untuned", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.untuned:
        score_untuned(options.untuned)
        return
    with TemporaryDirectory() as temporary:
        folder = (options.folder or Path(temporary)).resolve()
        path, project = folder / "large.csv", folder / "project"
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            make_large(options.rows).to_csv(path, index=False)
        if not project.exists():
            unwanted = shutil.ignore_patterns(".*", "0[2-9]*", "docs", "tests", "packages", "benchmarks")
            shutil.copytree(ROOT, project, ignore=unwanted)
            shutil.copy(ROOT / ".telemetry", project)
        rows = []
        for step in options.steps:
            log = folder / f"{step}.log"
            log.unlink(missing_ok=True)
            found = measure(list_commands(path, options.timeout)[step], project, log)
            auc = _find_auc(project, log.read_text()) if step in ("run", "contest", "untuned") else ""
            sizes = (f"{found.seconds:.0f} s", f"{found.gigabytes:.1f} GB", f"{found.silence:.0f} s")
            rows.append([step, *sizes, auc])
            print(*rows[-1], file=sys.stderr, flush=True)
    print(make_table(["Step", "Time", "Peak memory", "Longest silence", "Test AUC"], rows))


if __name__ == "__main__":
    main()
