"""The results, and the file that keeps them."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.lines import append_line, read_lines

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
    """Load the results; of two with the same key, the later one."""
    results = (Result(**found) for found in read_lines(path))
    return {result.key: result for result in results}


def append_result(result: Result, path: Path) -> None:
    """Write a result at the end of the file."""
    append_line(asdict(result), path)
