"""What a tool is asked for. Also imported where only the tool is installed."""

from dataclasses import dataclass
from typing import Any, Literal

Task = Literal["classification", "regression"]
Measure = Literal["roc_auc", "accuracy", "r2"]

CORES = 2
TEST_SHARE = 0.25


@dataclass(frozen=True)
class Request:
    """What a tool is asked for, sent as a line of JSON."""

    folder: str  # with train.parquet, and test.parquet without the target
    target: str
    task: Task
    measure: Measure  # to optimize
    seconds: float  # 0 for no limit
    seed: int
    options: dict[str, Any]
