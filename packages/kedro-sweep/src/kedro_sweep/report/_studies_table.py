"""The studies in a storage, as a table for the terminal."""

from collections.abc import Collection, Sequence
from typing import Any

from rich.filesize import decimal
from rich.table import Table
from rich.text import Text

from kedro_sweep import text
from kedro_sweep.report._html import describe_dimension, shorten
from kedro_sweep.search.storage import StudySummary
from kedro_sweep.text import MISSING

MARK = "▸ "
WORDS = {"fail": "failed"}


def show_studies(studies: Sequence[StudySummary], current: Collection[str]) -> Table:
    """Make a table with a row per study."""
    table = Table(
        box=None,
        padding=(0, 2, 1, 0),
        caption=f"{MARK}study of the newest run" if any(s.name in current for s in studies) else None,
        caption_justify="left",
    )
    # --remove needs the complete name.
    table.add_column("study", min_width=max((len(MARK + study.name) for study in studies), default=0))
    for name in ("trials", "best", "size"):
        table.add_column(name, justify="right", no_wrap=True)
    for study in studies:
        name = (MARK if study.name in current else "") + study.name
        states = [f"{count} {WORDS.get(state, state)}" for state, count in study.states.items()]
        table.add_row(
            Text.assemble((name, "bold"), "\n", (describe_configuration(study.configuration), "dim")),
            "\n".join(states) or "none",
            text.number(study.best_value),
            MISSING if study.size is None else decimal(study.size),
        )
    return table


def describe_configuration(configuration: dict[str, Any]) -> str:
    """Describe in two lines what a study searches, and on which data."""
    if not configuration:
        return "configuration not recorded (an earlier release)"
    space = [
        f"{name} {describe_dimension(dimension)}"
        for name, dimension in configuration["search_space"].items()
    ]
    fixed = [f"{name}={text.setting(value)}" for name, value in configuration["fixed_params"].items()]
    data = [
        f"{_describe_folds(configuration)} {configuration['scoring']}",
        text.count(configuration["rows"], "row"),
        text.count(len(configuration["features"]), "feature"),
        f"target {configuration['target']}",
        f"seed {configuration['random_seed']}",
    ]
    return "\n".join(", ".join(line) for line in (space + fixed, data))


def _describe_folds(configuration: dict[str, Any]) -> str:
    cv = configuration["cv"]
    folds = f"{cv}-fold"
    if isinstance(cv, dict):
        params = ", ".join(f"{name}={value}" for name, value in cv["params"].items())
        folds = f"{shorten(cv['class'])}({params})"
    if configuration.get("groups"):
        return f"grouped {folds}"
    return f"time-ordered {folds}" if configuration.get("ordered") else folds
