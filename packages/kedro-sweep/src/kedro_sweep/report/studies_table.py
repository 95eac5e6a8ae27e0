"""The studies in a storage, as a table for the terminal."""

from collections.abc import Collection, Sequence
from typing import Any

from rich.filesize import decimal
from rich.table import Table
from rich.text import Text

from kedro_sweep.search.studies import StudySummary

UNKNOWN = "–"  # noqa: RUF001
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
    table.add_column("trials", justify="right")
    table.add_column("best", justify="right", no_wrap=True)
    table.add_column("size", justify="right", no_wrap=True)
    for study in studies:
        mark = MARK if study.name in current else ""
        table.add_row(
            Text.assemble(
                (mark + study.name, "bold"), "\n", (describe_configuration(study.configuration), "dim")
            ),
            "\n".join(f"{count} {WORDS.get(state, state)}" for state, count in study.states.items())
            or "none",
            UNKNOWN if study.best_value is None else f"{study.best_value:.5g}",
            UNKNOWN if study.size is None else decimal(study.size),
        )
    return table


def describe_configuration(configuration: dict[str, Any]) -> str:
    """Describe in two lines what a study searches, and on which data."""
    if not configuration:
        return "configuration not recorded (an earlier release)"
    space = [
        f"{name} {_describe_dimension(dimension)}"
        for name, dimension in configuration["search_space"].items()
    ]
    fixed = [f"{name}={value}" for name, value in configuration["fixed_params"].items()]
    data = [
        f"{_describe_folds(configuration)} {configuration['scoring']}",
        f"{configuration['rows']} rows",
        f"{len(configuration['features'])} features",
        f"target {configuration['target']}",
        f"seed {configuration['random_seed']}",
    ]
    return "\n".join(", ".join(line) for line in (space + fixed, data))


def _describe_folds(configuration: dict[str, Any]) -> str:
    cv = configuration["cv"]
    if isinstance(cv, dict):
        params = ", ".join(f"{name}={value}" for name, value in cv["params"].items())
        folds = f"{cv['class'].rpartition('.')[2]}({params})"
    else:
        folds = f"{cv}-fold"
    rule = "grouped " if configuration.get("groups") else "time-ordered "
    return (rule if configuration.get("groups") or configuration.get("ordered") else "") + folds


def _describe_dimension(dimension: dict[str, Any]) -> str:
    needed = "".join(f" if {name}={value}" for name, value in dimension.get("when", {}).items())
    if "choices" in dimension:
        return " | ".join(map(str, dimension["choices"])) + needed
    step = f" in steps of {dimension['step']}" if "step" in dimension else ""
    log = " (log)" if dimension.get("log") else ""
    return f"{dimension['low']}–{dimension['high']}{step}{log}{needed}"  # noqa: RUF001
