"""The notebook runs, and shows the results of the project's last run.

The cells run once, in a kernel: it is a process, as IPython's magics and displays exist only there.
"""

import re
from pathlib import Path
from typing import Any

import nbformat
import pandas as pd
import pytest
from nbclient import NotebookClient

from tests.conftest import Project

NOTEBOOK = Path("notebooks/explore_study.ipynb")
# What a user may add to it.
RUN = "session.run(pipeline_names=['dp'])\ncatalog.load('train').shape"


@pytest.fixture(scope="module")
def notebook(root: Path) -> Any:
    """The notebook as it is committed."""
    return nbformat.read(root / NOTEBOOK, as_version=4)  # type: ignore[no-untyped-call]


@pytest.fixture(scope="module")
def shown(notebook: Any, finished: Project) -> dict[str, dict[str, Any]]:
    """What each cell shows, in every format, by the title above it."""
    folder = finished.path / NOTEBOOK.parent
    folder.mkdir()
    copy = nbformat.from_dict(notebook)  # type: ignore[no-untyped-call]
    added = {"cell_type": "markdown", "source": "## A run"}, {"cell_type": "code", "source": RUN}
    for cell in added:
        copy.cells.append(nbformat.from_dict(cell | {"metadata": {}, "outputs": []}))  # type: ignore[no-untyped-call]
    NotebookClient(copy, timeout=120, resources={"metadata": {"path": str(folder)}}).execute()
    cells: dict[str, dict[str, Any]] = {}
    for text, code in zip(copy.cells[::2], copy.cells[1::2], strict=True):
        title = text.source.splitlines()[0].strip("# ")
        cells[title] = {}
        for output in code.outputs:
            cells[title] |= output.get("data", {})
    return cells


def read_rows(cell: dict[str, Any]) -> list[list[str]]:
    """The cells of a table, row by row."""
    body = cell["text/html"].partition("<tbody>")[2]
    return [re.findall(r"<t[hd]>(.*?)</t[hd]>", row) for row in body.split("<tr>")[1:]]


def test_it_is_committed_without_outputs(notebook: Any) -> None:
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert cells
    assert all(cell.outputs == [] and cell.execution_count is None for cell in cells)


def test_it_shows_the_study(shown: dict[str, dict[str, Any]], finished: Project) -> None:
    [study] = finished.studies()
    assert study in shown["The study"]["text/plain"]


def test_it_shows_the_best_trials(shown: dict[str, dict[str, Any]], finished: Project) -> None:
    [trials] = finished.studies().values()
    values = sorted((trial.value for trial in trials if trial.value is not None), reverse=True)
    rows = read_rows(shown["The best trials"])
    assert [row[2] for row in rows] == [f"{value:.6f}" for value in values[:5]]


def test_it_draws_the_optimization_history(shown: dict[str, dict[str, Any]]) -> None:
    figure = shown["A figure"]["application/vnd.plotly.v1+json"]
    assert figure["layout"]["title"]["text"] == "Optimization history"


def test_it_predicts_three_wines(shown: dict[str, dict[str, Any]], finished: Project) -> None:
    predictions = pd.read_csv(finished.path / "data/07_model_output/test_predictions.csv")
    assert read_rows(shown["Three wines"]) == predictions.head(3).astype(str).to_numpy().tolist()


def test_a_cell_can_run_a_pipeline(shown: dict[str, dict[str, Any]], finished: Project) -> None:
    train = pd.read_parquet(finished.path / "data/05_model_input/train.parquet")
    assert re.sub(r"\x1b\[[\d;]*m", "", shown["A run"]["text/plain"]) == str(train.shape)
