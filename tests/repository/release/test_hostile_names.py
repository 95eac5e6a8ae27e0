"""Names, classes and cells of a table may hold anything that a file can hold, from `use` to the predictions."""

import logging
from collections.abc import Callable, Iterator
from contextlib import chdir
from io import StringIO
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner
from kedro.logging import RichHandler
from kedro_sweep.cli import commands
from rich.console import Console

from tests.conftest import Project

NUMBERS = [
    "heart rate [/min]",
    "mass [kg]",
    "self",
    "index",
    "level_0",
    "prediction",
    "0",
    "_x",
    "X",
    "x",
]
MORE_NUMBERS = [
    "</svg><script>alert(1)</script>",
    "$x$",
    "line\nbreak",
    "🍷 'a\"",
    "n" * 300,
    "%s {0}",
    "1e3",
]
CLASSES = np.array(["[/b]", "[red]x", "<b>\n", "_y"])
N_ROWS = 160


@pytest.fixture
def log(project: Project) -> Iterator[Callable[[], str]]:
    """What Kedro's own handler prints, as in a project that has no logging.yml of ours."""
    (project.path / "conf/logging.yml").unlink()
    console = Console(file=StringIO(), width=1000)
    logging.root.addHandler(handler := RichHandler(console=console, show_path=False, show_time=False))
    assert isinstance(console.file, StringIO)
    yield console.file.getvalue
    logging.root.removeHandler(handler)
    logging.captureWarnings(False)


def make_table() -> pd.DataFrame:
    random = np.random.default_rng(0)
    numbers = [*NUMBERS, *MORE_NUMBERS]
    table = pd.DataFrame(random.normal(size=(N_ROWS, len(numbers))).round(3), columns=numbers)
    table["kind [b]"] = random.choice(["[/b]", " "], N_ROWS)
    table["date [/utc]"] = pd.date_range("2020-01-01", periods=N_ROWS).astype(str)
    ranks = pd.qcut(table["self"] + random.normal(size=N_ROWS) / 5, len(CLASSES), labels=False)
    return table.assign(**{"which [/class]": CLASSES[ranks]})


def test_hostile_names_reach_the_predictions_and_are_shown_as_they_are(
    project: Project, log: Callable[[], str], caplog: pytest.LogCaptureFixture
) -> None:
    def sweep(*arguments: str) -> str:
        with chdir(project.path):
            done = CliRunner().invoke(
                commands,
                ["sweep", *arguments],
                obj=SimpleNamespace(project_path=project.path),
                catch_exceptions=False,
            )
        assert done.exit_code == 0, done.output
        return done.output

    caplog.set_level("INFO")
    table, target = make_table(), "which [/class]"
    table.loc[:3, target] = None
    table.to_csv(project.path / "hostile.csv", index=False)
    printed = sweep("use", "hostile.csv", "--target", target)
    for shown in ("mass [kg]", "date [/utc] says", "[red]x (", "'line\\nbreak'"):
        assert shown in printed

    project.configure(sweep={"n_trials": 2})
    project.run_here()
    assert "4 of 160 rows: their target 'which [/class]' is missing" in log()
    [report] = project.versions("report.html")
    assert "<script>alert(1)" not in report.read_text()

    new = table.drop(columns=target).head(9)
    new.loc[2, "kind [b]"] = "[/never]"
    new.to_csv(project.path / "new.csv", index=False)
    sweep("predict", "new.csv")
    assert "'[/never]'" in log()
    predictions = pd.read_csv(project.path / "data/07_model_output/predictions.csv")
    assert set(predictions.columns) >= {"prediction", *(f"probability_{name}" for name in CLASSES)}
    assert set(predictions["prediction"]) <= {*CLASSES}
