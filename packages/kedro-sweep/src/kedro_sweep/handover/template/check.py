"""Check that the model predicts here what it predicted when it was exported: `python check.py`.

Ends with 0 if it does, and otherwise with 1 after saying what differs.
"""

import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from decisions import predict_table
from model import load_model
from rows import read_rows

SHOWN = 10
NUMBERS = ("prediction", "low", "high")


def list_differences(sample: dict[str, Any]) -> Iterator[str]:
    """Predict the rows of a sample, and list what is not as expected."""
    table, problems, _ = read_rows(sample["rows"])
    yield from (f"row {found['row']}: {found['column']} {found['problem']}" for found in problems)
    if problems:
        return
    found = predict_table(load_model(), table).to_dict("records")
    for number, (row, expected) in enumerate(zip(found, sample["expected"], strict=True)):
        # Single precision rounds a value near 0 as much as those that it is computed from.
        sizes = [abs(expected[name]) for name in NUMBERS if isinstance(expected.get(name), float)]
        for name in row | expected:
            tolerance = sample["tolerance"] * (max([1.0, *sizes]) if name in NUMBERS else 1)
            if not _is_equal(row.get(name), expected.get(name), tolerance):
                yield f"row {number}: {name} is {row.get(name)!r}, not {expected.get(name)!r}"


def _is_equal(found: Any, expected: Any, tolerance: float) -> bool:
    if isinstance(found, float) and isinstance(expected, float):
        return math.isclose(found, expected, rel_tol=0, abs_tol=tolerance)
    return isinstance(found, bool) == isinstance(expected, bool) and bool(found == expected)


def main() -> int:
    """Print what differs."""
    sample = json.loads(Path(__file__).with_name("rows.json").read_text("utf-8"))
    differences = [*list_differences(sample)]
    if not differences:
        print(f"The model predicts all {len(sample['rows'])} rows as expected.")
        return 0
    print(*differences[:SHOWN], sep="\n")
    print(
        f"{len(differences)} values differ: the model is not the one exported, or other packages are "
        "installed than those of requirements.txt."
    )
    return 1


if __name__ == "__main__":
    sys.exit(main())
