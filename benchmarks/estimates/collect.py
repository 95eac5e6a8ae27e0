"""Simulate many cases, and keep every search: a simulation that is stopped goes on where it was."""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from time import monotonic
from typing import Any

import pandas as pd

from benchmarks.wines import ROOT

SECONDS = 60  # between two files


def find_searches(name: str) -> Path:
    """Find the file with every simulated search of a part."""
    return ROOT / f"docs/reference/simulations/{name}.csv.gz"


def collect(
    name: str,
    simulate: Callable[[Any], list[dict[str, Any]]],
    cases: Iterable[tuple[Any, ...]],
    key: Sequence[str],
) -> pd.DataFrame:
    """Simulate on all cores the cases that the file of a part lacks; return its rows, also the old ones."""
    path = find_searches(name)
    known = pd.read_csv(path) if path.exists() else pd.DataFrame(columns=list(key))
    done = set(known[list(key)].itertuples(index=False, name=None))
    missing = [case for case in cases if case not in done]
    rows: list[Any] = known.to_dict("records")
    saved = monotonic()
    with ProcessPoolExecutor() as pool:
        for position, found in enumerate(pool.map(simulate, missing), start=1):
            rows += found
            if monotonic() - saved > SECONDS or position == len(missing):
                _save(path, pd.DataFrame(rows))
                saved = monotonic()
    return pd.read_csv(path)


def _save(path: Path, rows: pd.DataFrame) -> None:
    path.parent.mkdir(exist_ok=True)
    partial = path.with_suffix(".partial")
    rows.to_csv(partial, index=False, float_format="%.6g", compression={"method": "gzip", "mtime": 0})
    partial.replace(path)
