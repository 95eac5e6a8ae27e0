"""The results file: one result per table, split, method and budget. Interrupted runs continue it."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Result:
    """The result of one method on one split of a table.

    Attributes:
        table: Name of the table.
        split: Seed of the split.
        method: Name of the method.
        budget: Seconds available for the search.
        score: Accuracy or R² on the test rows; None if the method failed.
        seconds: Seconds until the model was fitted.
        day: The date of the measurement.
        error: Why it failed.
    """

    table: str
    split: int
    method: str
    budget: float
    score: float | None
    seconds: float
    day: str
    error: str | None = None

    @property
    def key(self) -> tuple[str, int, str, float]:
        """Identifies what was measured."""
        return self.table, self.split, self.method, self.budget


def load_results(path: Path) -> list[Result]:
    """Load the existing results."""
    return (
        [Result(**entry) for entry in json.loads(path.read_text())["results"]] if path.exists() else []
    )


def save_results(results: list[Result], machine: dict[str, Any], path: Path) -> None:
    """Write all results. If the run is stopped in the middle, the file stays unchanged."""
    written = path.with_suffix(".new")
    text = json.dumps({"machine": machine, "results": [asdict(result) for result in results]}, indent=1)
    written.write_text(text + "\n")
    written.replace(path)
