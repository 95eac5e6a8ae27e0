"""The results file: a line of JSON per result, appended at once. Interrupted measurements continue it."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

Key = tuple[str, str, int, float]


@dataclass(frozen=True)
class Result:
    """The result of a tool on one split of a table."""

    tool: str
    table: str
    split: int  # the seed
    limit: float  # seconds; 0 for no limit
    measure: str
    score: float | None  # on the test rows; None if the tool failed
    seconds: float | None  # until the model was fitted
    predict_seconds: float | None
    day: str
    given: dict[str, Any] = field(default_factory=dict)  # cores, memory, boosters, versions
    error: str | None = None

    @property
    def key(self) -> Key:
        """Identifies what was measured."""
        return self.tool, self.table, self.split, self.limit


def load_results(path: Path) -> dict[Key, Result]:
    """Load the results; of two with the same key, the later one. A line cut short by a stop is left out."""
    results: dict[Key, Result] = {}
    for line in path.read_text().splitlines(keepends=True) if path.exists() else []:
        if line.endswith("\n"):
            result = Result(**json.loads(line))
            results[result.key] = result
    return results


def append_result(result: Result, path: Path) -> None:
    """Write a result at the end of the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and (text := path.read_bytes()) and not text.endswith(b"\n"):
        path.write_bytes(text[: text.rfind(b"\n") + 1])
    with path.open("a") as file:
        file.write(json.dumps(asdict(result)) + "\n")
