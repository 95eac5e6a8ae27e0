"""A file of results: a line of JSON each, appended at once. Interrupted measurements continue it."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Read the results. A line cut short by a stop is left out."""
    for line in path.read_text().splitlines(keepends=True) if path.exists() else []:
        if line.endswith("\n"):
            yield json.loads(line)


def append_line(found: Mapping[str, Any], path: Path) -> None:
    """Write a result at the end of the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and (text := path.read_bytes()) and not text.endswith(b"\n"):
        path.write_bytes(text[: text.rfind(b"\n") + 1])
    with path.open("a") as file:
        file.write(json.dumps(found) + "\n")
