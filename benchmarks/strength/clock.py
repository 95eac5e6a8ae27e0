"""How much of a time limit the search, the choice and the training of a contest take.

`python -m benchmarks.strength.clock [SECONDS] [TABLE ...]` prints a row per table and number of cores. The
time counts from the first trial, as it does in a run.
"""

import sys
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from time import time

from kedro_sweep.evaluation import choose_members, make_model, search_and_keep
from kedro_sweep.search import Sweep, configure_candidates, open_journal
from kedro_sweep.tables import Data, find_means, prepare_rows
from optuna.artifacts import FileSystemArtifactStore

from benchmarks.strength.settings import ENDLESS, find_forest, load_parameters
from benchmarks.strength.tables import TABLES
from benchmarks.workers import start_workers

COLUMNS = ("table", "size", "cores", "limit", "search", "choice", "training", "total", "members")


def measure(table: str, size: int, cores: int, limit: float) -> list[object]:
    """Run a contest, and time its steps; an ensemble of size 0 is the best trial."""
    X, _, y, _ = TABLES[table].split(0)
    parameters = load_parameters("contest")
    changes = {"timeout": limit, "n_trials": ENDLESS, "n_jobs": cores, "ensemble": {"size": size}}
    model = {"model": find_forest(parameters, TABLES[table].task)}
    sweep = Sweep.model_validate(parameters["sweep"] | changes | model)
    given = {"y_label": str(y.name), "features": None, "random_seed": 0}
    data = Data.model_validate(parameters["data"] | given)
    train = X.drop(columns=data.drop).assign(**{data.y_label: y})
    preparation = prepare_rows(train, find_means(train, data), data)
    configurations = configure_candidates(train, preparation, data, sweep, explain=False)
    start_workers(cores)
    with TemporaryDirectory() as folder:
        (predictions := Path(folder) / "predictions").mkdir()
        storage = open_journal(str(Path(folder) / "journal"))
        studies, store = search_and_keep(configurations, storage, FileSystemArtifactStore(predictions))
        trials = (trial for study in studies.values() for trial in study.trials)
        starts = [trial.datetime_start.timestamp() for trial in trials if trial.datetime_start]
        times = [min(starts), time()]
        members = choose_members(studies, configurations, store, sweep.ensemble)
        times.append(time())
        make_model(members, preparation.transform(train), data, sweep).fit(
            preparation.transform(train), y
        )
        times.append(time())
    steps = [round(end - start, 1) for start, end in pairwise(times)]
    return [table, size, cores, limit, *steps, round(times[-1] - times[0], 1), len(members)]


if __name__ == "__main__":
    seconds, tables = (
        float((sys.argv[1:] or ["10"])[0]),
        sys.argv[2:] or ["ames", "deliveries", "credit"],
    )
    print(*COLUMNS, sep="\t")
    for name in tables:
        for n_cores in (1, 2):
            for size in (25, 0):
                print(*measure(name, size, n_cores, seconds), sep="\t", flush=True)
