"""How time and memory grow with rows, columns, trials and recorded runs."""

import json
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import numpy as np
import optuna
import pandas as pd
import yaml
from kedro_sweep.search import open_journal

from benchmarks.markdown import make_table
from benchmarks.speed.commands import copy_project
from benchmarks.speed.measure import measure_process
from benchmarks.speed.row import Measured
from benchmarks.wines import ROOT

GOAL = 1.2  # ten times as much takes at most 16 times as long
# The sizes of `make bench`, and the largest ones, which are a part of their own.
SIZES = {
    "rows": [1_000, 10_000, 100_000],
    "columns": [10, 100, 1_000],
    "trials": [100, 1_000, 5_000],
    "runs": [1, 10, 100, 1_000],
}
LARGEST = {"rows": [1_000_000], "columns": [5_000], "trials": [20_000]}
# What is not varied.
N_ROWS, N_COLUMNS = 1_000, 10
WHAT = {
    "rows": f"`use` and `run` on a CSV file of {N_COLUMNS} numbers",
    "columns": f"`use` and `run` on {N_ROWS:,} rows of numbers",
    "trials": "`run` that resumes a search of the wines and adds one trial",
    "runs": "`compare` of recorded runs of the wines",
}
# A model that hardly takes time itself.
SEARCH = {
    "model": {"class": "sklearn.tree.DecisionTreeClassifier"},
    "search_space": {
        "max_depth": {"type": "int", "low": 1, "high": 4},
        "ccp_alpha": {"type": "float", "low": 0.0, "high": 0.001},
    },
    "n_trials": 5,
    "untuned_boosting": False,
}
KEDRO = """
from kedro.framework.cli.cli import main
try:
    main()
except SystemExit as end:
    if end.code:
        raise
"""
DATA, SETTINGS = "data/07_model_output", "conf/base/parameters_data_science.yml"
VERSION = "%Y-%m-%dT%H.%M.%S.%f"
# By name, such as `1000 rows`: seconds, and the peak of memory in MiB.
Points = dict[str, dict[str, float]]


def bench_growth(_: int) -> Measured:
    """Measure each size once, in new processes."""
    return [], {"growth": measure(SIZES)}


def bench_largest(_: int) -> Measured:
    """Measure the largest sizes once."""
    return [], {"growth": measure(LARGEST)}


def measure(sizes: Mapping[str, list[int]]) -> Points:
    """Measure the commands that read what grows."""
    points: Points = {}
    with TemporaryDirectory() as folder:
        searched = copy_project(ROOT, Path(folder) / "searched")
        _set_search(searched)
        run_kedro(searched, "run")
        for name, n in ((name, n) for name, found in sizes.items() for n in found):
            project = Path(folder) / f"{n} {name}"
            shutil.copytree(searched, project)
            found = [*_run_commands(project, name, n)]
            seconds, memory = sum(each[0] for each in found), max(each[1] for each in found)
            points[project.name] = {"seconds": seconds, "MiB": memory}
            print(f"  {n:,} {name}: {seconds:.1f} s, {memory:,.0f} MiB", flush=True)
            shutil.rmtree(project)
    return points


def _run_commands(project: Path, name: str, n: int) -> Iterator[tuple[float, float]]:
    if name == "trials":
        add_trials(project, n)
        yield run_kedro(project, "run", "--params", f"sweep.n_trials={n + 1}")
    elif name == "runs":
        add_runs(project, n)
        yield run_kedro(project, "sweep", "compare", "--no-browser")
    else:
        table = make_numbers(n, N_COLUMNS) if name == "rows" else make_numbers(N_ROWS, n)
        table.to_csv(project / "numbers.csv", index=False)
        yield run_kedro(project, "sweep", "use", "numbers.csv", "--target", "y")
        _set_search(project)
        yield run_kedro(project, "run")


def run_kedro(project: Path, *command: str) -> tuple[float, float]:
    """Run a command of Kedro in a new process; measure its seconds and its peak memory."""
    return measure_process(KEDRO, *command, cwd=project)


def _set_search(project: Path) -> None:
    path = project / SETTINGS
    sweep = yaml.safe_load(path.read_text(encoding="utf-8"))["sweep"]
    path.write_text(yaml.safe_dump({"sweep": sweep | SEARCH}), encoding="utf-8")


def make_numbers(n_rows: int, n_columns: int) -> pd.DataFrame:
    """Make a table of numbers, five of which make a class likely."""
    random = np.random.default_rng(0)
    numbers = random.normal(size=(n_rows, n_columns)).round(4)
    likely = numbers[:, :5].sum(axis=1) + random.normal(size=n_rows) > 0
    table = pd.DataFrame(numbers, columns=[f"x{number}" for number in range(n_columns)])
    return table.assign(y=np.where(likely, "yes", "no"))


def add_trials(project: Path, n_trials: int) -> None:
    """Add trials with other parameters, and the values and predictions of those that the study has."""
    storage, files = (
        open_journal(str(project / DATA / "studies.journal")),
        project / DATA / "predictions",
    )
    study = optuna.load_study(study_name=None, storage=storage)
    trials, random, new = study.get_trials(deepcopy=False), np.random.default_rng(0), []
    for number in range(n_trials - len(trials)):
        like = trials[number % len(trials)]
        [(key, record)] = like.system_attrs.items()
        kind, _, file = key.partition(":")
        copy = str(uuid4())
        shutil.copy(files / file, files / copy)
        added = optuna.trial.create_trial(
            params=like.params | {"ccp_alpha": random.uniform(0, 0.001)},
            distributions=like.distributions,
            value=like.value,
            system_attrs={f"{kind}:{copy}": record.replace(file, copy)},
        )
        added.datetime_start, added.datetime_complete = like.datetime_start, like.datetime_complete
        new.append(added)
    study.add_trials(new)


def add_runs(project: Path, n_runs: int) -> None:
    """Copy the recorded run, with other scores in each draw."""
    folder, random = project / "data/09_tracking", np.random.default_rng(0)
    with sqlite3.connect(folder / "session_store.db") as database:
        [(run_id, record)] = database.execute("SELECT id, blob FROM runs").fetchall()
        for number in range(1, n_runs):
            start = datetime.strptime(run_id[:-1], VERSION) - timedelta(minutes=number)
            copy, less = f"{start.strftime(VERSION)[:-3]}Z", random.uniform(0, 0.05)
            database.execute("INSERT INTO runs VALUES (?, ?)", (copy, record.replace(run_id, copy)))
            for dataset in folder.glob("*.json"):
                content = json.loads((dataset / run_id / dataset.name).read_text(encoding="utf-8"))
                if dataset.name == "run_parameters.json":
                    content["sweep.n_trials"] = number
                if dataset.name == "selection_draws.json":
                    content["left_out"] = [score and score - less for score in content["left_out"]]
                (dataset / copy).mkdir()
                (dataset / copy / dataset.name).write_text(json.dumps(content), encoding="utf-8")


def list_curves(points: Points, figure: str) -> dict[str, dict[int, float]]:
    """List the measured sizes of each kind, in order, with a figure of each."""
    found = [(name, int(n), point[figure]) for key, point in points.items() for n, name in [key.split()]]
    return {kind: dict(sorted((n, value) for name, n, value in found if name == kind)) for kind in SIZES}


def find_slopes(curve: Mapping[int, float]) -> tuple[float, float]:
    """Find the slopes on logarithmic scales: between the two largest sizes, and over all."""
    sizes, values = np.log([*curve]), np.log([*curve.values()])
    last, _ = np.polyfit(sizes[-2:], values[-2:], 1)
    overall, _ = np.polyfit(sizes, values, 1)
    return float(last), float(overall)


def tabulate_growth(points: Points) -> str:
    """Make the table of the slopes; a missed goal is bold."""
    header = ["what grows", "sizes", "time", "its slope", "memory", "its slope", "goal"]
    lines = []
    seconds, memory = list_curves(points, "seconds"), list_curves(points, "MiB")
    for kind, times in seconds.items():
        slopes = [find_slopes(times), find_slopes(memory[kind])]
        is_met = max(last for last, _ in slopes) <= GOAL
        lines.append(
            [
                f"{kind}: {WHAT[kind]}",
                " / ".join(f"{n:,}" for n in times),
                " / ".join(f"{value:.3g}" for value in times.values()) + " s",
                "{:.2f}, {:.2f}".format(*slopes[0]),
                " / ".join(f"{value:,.0f}" for value in memory[kind].values()) + " MiB",
                "{:.2f}, {:.2f}".format(*slopes[1]),
                f"≤ {GOAL}" if is_met else f"**≤ {GOAL}: missed**",
            ]
        )
    return make_table(header, lines)
