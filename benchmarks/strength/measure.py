"""Measure a tool on one split of a table."""

import os
import subprocess
from collections.abc import Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import r2_score, roc_auc_score

from benchmarks.machine import describe_machine
from benchmarks.strength.request import CORES, Measure, Request
from benchmarks.strength.results import Key, Result
from benchmarks.strength.servers import Server
from benchmarks.strength.tables import TABLES, find_measure
from benchmarks.strength.tools import TOOLS
from benchmarks.wines import ROOT


def measure(server: Server, key: Key) -> Result:
    """Run a tool. Its error counts as a result; the split is the seed of everything."""
    tool, table, split, limit = key
    task, target = TABLES[table].task, TABLES[table].target
    X_train, X_test, y_train, y_test = TABLES[table].split(split)
    measure = find_measure(task, y_train)
    with TemporaryDirectory() as folder:
        X_train.assign(**{target: y_train}).to_parquet(Path(folder) / "train.parquet")
        X_test.to_parquet(Path(folder) / "test.parquet")
        request = Request(folder, target, task, measure, limit, split, TOOLS[tool].options)
        answer = server.ask(asdict(request), patience=600 + 5 * limit if limit else 3600)
        if not answer.get("error"):
            predicted = pd.read_parquet(Path(folder) / "predicted.parquet")["predicted"].to_numpy()
            answer["score"] = find_score(measure, y_test, predicted)
    return Result(
        *key[:4],
        measure,
        answer.get("score"),
        answer.get("seconds"),
        answer.get("predict_seconds"),
        datetime.now(UTC).date().isoformat(),
        describe_given(tool, server.versions),
        answer.get("error"),
    )


def find_score(measure: Measure, y: "pd.Series[Any]", predicted: np.ndarray) -> float:
    """Score the predictions; for AUC, the second of the sorted classes has the high values."""
    if measure == "roc_auc":
        return float(roc_auc_score(y == sorted(y.unique())[1], predicted))
    return float(r2_score(y, predicted) if measure == "r2" else np.mean(y.to_numpy() == predicted))


def describe_given(tool: str, versions: Mapping[str, str]) -> dict[str, Any]:
    """Describe what a tool was given: cores, memory, boosters and its version."""
    machine = describe_machine()
    version = versions.get(TOOLS[tool].package, "")
    if TOOLS[tool].is_ours:
        commit = _ask_git("rev-parse", "--short", "HEAD")
        is_changed = _ask_git("status", "--porcelain", "--", "conf", "packages/kedro-sweep/src")
        version += f" ({commit}, changed)" if is_changed else f" ({commit})"
    return {
        "version": version,
        "boosters": {booster: versions.get(booster, "") for booster in TOOLS[tool].boosters},
        "cores": CORES,
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9),
        "processor": machine["processor"],
        "clock": "wall",
    }


def _ask_git(*arguments: str) -> str:
    return subprocess.check_output(["git", *arguments], cwd=ROOT, text=True).strip()


def warm_up(server: Server, tool: str) -> None:
    """Fit briefly, so that no import counts in the first result."""
    measure(server, (tool, "diabetes", 0, 5 if TOOLS[tool].limits[0] else 0))
