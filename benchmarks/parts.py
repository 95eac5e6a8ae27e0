"""A benchmark in parts: each is measured by itself, and its results are saved as soon as it ends."""

import json
import logging
import warnings
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import optuna


def silence() -> None:
    """Hide what runs log and warn of, which would drown the figures."""
    logging.disable()
    warnings.simplefilter("ignore")
    optuna.logging.set_verbosity(optuna.logging.ERROR)


def measure_parts(
    parts: Mapping[str, Callable[[], Any]], path: Path, machine: Mapping[str, Any]
) -> dict[str, Any]:
    """Measure parts, and keep the results of the others."""
    path.parent.mkdir(parents=True, exist_ok=True)
    results: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {"measured": {}}
    for name, measure in parts.items():
        print(name, flush=True)
        results[name] = measure()
        results["machine"] = dict(machine)
        results["measured"][name] = datetime.now(UTC).date().isoformat()
        path.write_text(json.dumps(results, indent=1) + "\n")
    return results
