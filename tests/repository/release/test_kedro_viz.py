"""The runs in Kedro-Viz: the current release, and the last one with experiment tracking."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kedro_sweep import text
from kedro_sweep.tracking.kedro_viz import prepare_environment
from pictures.browser import serve
from playwright.sync_api import Browser, Page, expect

from tests.conftest import Project

FRACTIONS = [0.15, 0.2, 0.25]
PLOTS = ["optimization_history", "param_importances", "slice", "parallel_coordinate"]
PICTURES = ["train_confusion_matrix", "test_confusion_matrix"]
TWO_PARAMETERS = {"min_samples_leaf": {"type": "int", "low": 1, "high": 20}}
PICTURE_IS_DRAWN = "picture => picture.complete && picture.naturalWidth > 100"


@pytest.fixture(scope="module")
def project(browser: Browser, copy_project: Callable[[], Project]) -> Project:
    """A project after three runs with different parameters, and the figures that are looked at."""
    project = copy_project()
    project.configure(sweep={"n_trials": 3, "cv": 2, "search_space": TWO_PARAMETERS})
    for frac in FRACTIONS:
        project.run_here(
            to_outputs=[*PLOTS, *PICTURES, "search_metrics", "runs_comparison"], data={"frac": frac}
        )
    return project


@pytest.fixture(scope="module")
def kedro_viz(project: Project) -> Iterator[str]:
    with serve(project.path, "viz", "run", "--no-browser", ready="/api/main") as address:
        yield address


@pytest.fixture(scope="module")
def experiment_tracking(project: Project, root: Path) -> Iterator[str]:
    # The copy shares the environment of this repository, which is made once. uv need not compile all of it.
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("UV_NO_CONFIG", "1")
        environment = prepare_environment(root).parents[1]
    (project.path / environment.name).symlink_to(environment)
    with serve(project.path, "sweep", "experiments", "--no-browser", ready="/api/main") as address:
        yield f"{address}/experiment-tracking"


def read_accuracies(project: Project) -> list[str]:
    """The test accuracy of each run, newest first, as the page writes it."""
    versions = reversed(project.versions("test_metrics.json"))
    return [f"{json.loads(version.read_text())['acc']:.4g}" for version in versions]


def list_run_ids(project: Project) -> list[str]:
    return [version.parent.name for version in reversed(project.versions("test_metrics.json"))]


def open_tracking(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("button", name="Acknowledge and dismiss").click()


def test_tracking_page_lists_every_run(page: Page, experiment_tracking: str, project: Project) -> None:
    newest = list_run_ids(project)[0]
    own = json.dumps({newest: {"title": "My own title"}})
    page.add_init_script(f"localStorage.setItem('KedroViz-runs-metadata', {own!r})")
    open_tracking(page, experiment_tracking)
    cards = page.locator(".runs-list-card__title")
    found = [json.loads(path.read_text()) for path in reversed(project.versions("sweep_summary.json"))]
    estimates = [
        text.estimate(*(summary[f"corrected_{part}"] for part in ("value", "low", "high")))
        for summary in found
    ]
    titles = [f"random forest · {estimate}" for estimate in estimates[1:]]
    expect(cards).to_have_text(["My own title", *titles])
    assert cards.count() == len(FRACTIONS)


def test_tracking_page_compares_three_runs(
    page: Page, experiment_tracking: str, project: Project
) -> None:
    open_tracking(page, experiment_tracking)
    page.locator(".switch").click()
    for number in (1, 2):  # the newest is chosen already
        page.locator(".runs-list-card").nth(number).click()
    runs, accuracies = list_run_ids(project), read_accuracies(project)

    for name, values in {
        "test_metrics": accuracies,
        "search_metrics": ["corrected"],
        "run_parameters": list(map(str, reversed(FRACTIONS))),
    }.items():
        table = page.locator(".accordion", has=page.get_by_text(name, exact=True)).last
        for value in values:
            expect(table.get_by_text(value).first).to_be_visible()

    page.get_by_text("Plots", exact=True).click()
    for name in PLOTS:
        figures = page.locator(".accordion", has=page.get_by_text(name, exact=True)).last
        expect(figures.locator(".js-plotly-plot .main-svg:visible").first).to_be_visible()
        expect(figures.locator(".js-plotly-plot")).to_have_count(3)
    for name in PICTURES:
        pictures = page.locator(".accordion", has=page.get_by_text(name, exact=True)).last.locator("img")
        expect(pictures).to_have_count(3)
        assert all(pictures.nth(number).evaluate(PICTURE_IS_DRAWN) for number in range(3))
    assert all(run in page.url for run in runs)


def test_kedro_viz_draws_the_flowchart_which_unfolds(page: Page, kedro_viz: str) -> None:
    page.goto(kedro_viz)
    boxes = page.locator(".pipeline-node--modularPipeline")
    expect(boxes).to_have_text(["data_processing", "data_science", "reporting"])
    names = page.locator(".pipeline-node__text")
    assert {"raw", "train", "model", "sweep_summary", "report"} <= set(names.all_text_contents())
    assert names.count() <= 25
    zoom = page.locator(".pipeline-minimap-toolbar__scale")
    expect(zoom).to_have_text(re.compile(r"^(6[0-9]|[7-9][0-9])%"))  # letters of at least 8 pixels
    boxes.filter(has_text="data_science").dblclick()
    for name in (
        "search_hyperparameters",
        "train_model",
        "evaluate_model",
        "test_metrics",
        "data_science.records",
    ):
        expect(names.get_by_text(name, exact=True)).to_be_visible()


def test_kedro_viz_shows_the_comparable_runs(page: Page, kedro_viz: str) -> None:
    page.goto(f"{kedro_viz}/?pid=__default__&sn=runs_comparison")
    # Each run has its own test rows, so no two runs are comparable.
    table = page.locator(".preview-table")
    expect(table.locator(".preview-table__row")).to_have_count(1)
    expect(table.locator("th").filter(has_text="best CV")).to_be_visible()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("search_metrics", "corrected"),
        ("sweep_summary", "corrected_value"),
        ("findings", "message"),
        ("test_metrics", "acc"),
    ],
)
def test_kedro_viz_shows_numbers_and_findings(
    name: str, shown: str, page: Page, kedro_viz: str, project: Project
) -> None:
    page.goto(f"{kedro_viz}/?pid=__default__&sn={name}")
    preview = page.locator(".pipeline-metadata__preview-json")
    expect(preview.get_by_text(shown, exact=True).first).to_be_visible()
    assert not re.search(r"\d\.\d{8}", preview.inner_text())


def test_kedro_viz_shows_rounded_trials(page: Page, kedro_viz: str) -> None:
    page.goto(f"{kedro_viz}/?pid=__default__&sn=trials")
    rows = page.locator(".preview-table__row")
    expect(rows).to_have_count(3)
    values = rows.locator("td:nth-child(3)").all_inner_texts()
    assert all(re.fullmatch(r"0\.\d{1,4}", value) for value in values)


def test_kedro_viz_shows_the_confusion_matrix(page: Page, kedro_viz: str) -> None:
    page.goto(f"{kedro_viz}/?pid=__default__&sn=test_confusion_matrix")
    picture = page.locator(".pipeline-metadata img")
    expect(picture).to_be_visible()
    assert picture.evaluate(PICTURE_IS_DRAWN)
