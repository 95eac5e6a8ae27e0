"""The page is self-contained, and complete for runs with missing results."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any

import optuna
import pandas as pd
import pytest
from optuna.distributions import BaseDistribution, IntDistribution
from optuna.trial import create_trial

from kedro_sweep.report import ReportData, Run, render_model_card, render_report
from kedro_sweep.report.figures import MODEL_FIGURES
from kedro_sweep.report.figures._style import show_message
from kedro_sweep.report.page import _render, make_report
from kedro_sweep.report.page._render import COMPARISON
from kedro_sweep.tables import Data
from kedro_sweep.text import name_score

SUMMARY: dict[str, Any] = {
    "study": "mine",
    "scoring": "accuracy",
    "direction": "maximize",
    "best_value": 0.613,
    "best_trial": 1,
    "n_trials": 2,
    "n_complete": 2,
    "n_pruned": 0,
    "n_fail": 0,
}
NAME = 'a|b <script>alert("x")</script> ${c}'
SVG = '<svg role="img" aria-label="What there is to see"><text>tick</text></svg>'
WHOLE = ReportData(
    summary=SUMMARY
    | {
        "corrected_value": None,
        "corrected_note": "The folds leave rows out, which cannot be resampled.",
        "boosting_note": "Untuned gradient boosting has no score: it would take 70 s.",
    },
    test_metrics={"acc": 0.54},
    test_details={
        "rows": 153,
        "intervals": {"acc": [0.46, 0.62]},
        "reasons": {"roc_auc": "No row has a class."},
        "classes": {NAME: {"rows": 3, "precision": 0.5, "recall": 1.0, "f1": 0.67}},
    },
    slices={
        "slices": [
            {"column": NAME, "slice": "north", "rows": 120, "score": "accuracy", "p_value": 0.003}
            | {"estimate": [0.61, 0.52, 0.7], "others": [0.75, 0.73, 0.77], "worse": True}
        ],
        "notes": ["region: all others (3 rows) is left out."],
    },
    train_metrics={"acc": 0.87},
    findings={"edge": {"message": f"{NAME} is at the edge.", "remedy": "Widen it."}},
    verdict={
        "kind": "unsure",
        "quote": "corrected",
        "agrees": "which agrees",
        "how": "95% interval",
        "sentence": "It is unsure.",
        "score": "accuracy 0.6",
        "tested": "0.54 on 153 rows",
        "checked": "2 checks: 1 with advice, 1 passed",
        "next": "Widen it.",
        "mail": f"Accuracy 0.6 of {NAME}.",
        "checks": {
            "edge": {"title": "Wide enough", "status": "advice", "evidence": NAME},
            "other": {"title": "Other", "status": "passed", "evidence": "3"},
        },
    },
    test_references={"dummy": {"score": 0.4, "metrics": {"acc": 0.4}}, "untuned": {}},
    model_card={
        "task": "classification",
        "target": NAME,
        "features": {NAME: "float64"},
        "versions": {"python": "3.11.7", "scikit-learn": "1.9.1", "kedro-sweep": "0.2.0"},
        "parameters": {"fixed": {NAME: NAME}, "best": {"depth": 2}},
    },
    parameters={
        "sweep.search_space.depth.low": 1,
        "sweep.search_space.depth.high": 9,
        "sweep.model.params.x": NAME,
    },
    data_summary={"rows": 1143, "copies": 125},
    figures={"test_curves": SVG, "train_confusion_matrix": SVG, "mine": SVG},
    trials=pd.DataFrame(
        {"number": [0, 1], "value": 0.5, "state": "COMPLETE", "params_depth": [1, NAME]}
    ),
    run=Run(
        "2026-01-01T09.30.00.000Z",
        {
            "session": {
                "git": {"commit_sha": "3f2a9c0", "branch": "main"},
                "cli": {"command_path": "kedro run"},
            }
        },
    ),
    project="wines",
)
BARE = ReportData(summary=SUMMARY)
VOID = {"meta", "link", "br", "wbr", "img"}


class Page(HTMLParser):
    """The elements of a page and their text; fails on an element that is not closed in its place."""

    def __init__(self, html: str) -> None:
        """Read the page."""
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(html)
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element that opens."""
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the element that was opened last."""
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        """Note the text that a reader sees."""
        if self._open and self._open[-1] != "style":
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        """Give the attributes of all elements of a kind."""
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(params=[WHOLE, BARE], ids=["whole", "bare"])
def html(request: pytest.FixtureRequest) -> str:
    return render_report(request.param)


def test_the_page_is_well_formed_and_says_what_it_is(html: str) -> None:
    page = Page(html)
    assert html.startswith("<!DOCTYPE html>")
    assert page.all("html") == [{"lang": "en"}]
    assert len(page.all("title")) == len(page.all("h1")) == 1
    assert {"name": "viewport", "content": "width=device-width, initial-scale=1"} in page.all("meta")


def test_the_page_loads_nothing(html: str) -> None:
    page = Page(html)
    assert page.all("script") in ([], [{}])
    addresses = [
        value
        for _, attributes in page.elements
        for name, value in attributes.items()
        if name in ("src", "href", "action")
    ]
    assert all(address and re.match(r"#|data:,$|\.\./", address) for address in addresses)
    assert not re.search(r"url\(|@import", html)


def test_headings_step_down_one_at_a_time(html: str) -> None:
    levels = [int(tag[1]) for tag, _ in Page(html).elements if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(below <= above + 1 for above, below in pairwise(levels))


def test_every_link_of_the_contents_leads_to_a_section(html: str) -> None:
    page = Page(html)
    links = {link["href"] for link in page.all("a")} - {COMPARISON}
    names = {f"#{attributes['id']}" for _, attributes in page.elements if "id" in attributes}
    assert {f"#{section['id']}" for section in page.all("section") if "id" in section} <= links <= names


def test_every_heading_of_a_table_has_a_scope(html: str) -> None:
    assert all(heading.get("scope") in ("col", "row", "rowgroup") for heading in Page(html).all("th"))


def test_names_are_shown_as_they_are() -> None:
    html = render_report(WHOLE)
    page = Page(html)
    assert f"Predicting {NAME}" in page.text
    assert page.text.count(NAME) > 5


def test_a_whole_run_is_told_in_order() -> None:
    page = Page(render_report(WHOLE))
    assert [section["id"] for section in page.all("section") if "id" in section] == [
        "numbers",
        "checks",
        "figures",
        "classes",
        "slices",
        "metrics",
        "search",
        "data",
        "parameters",
        "versions",
        "use",
    ]
    assert len(page.all("figure")) == 3
    for text in (
        "wines · run 2026-01-01T09.30.00.000Z · commit 3f2a9c0, main",
        "There is no corrected score. The folds leave rows out",
        "Untuned gradient boosting has no score: it would take 70 s.",
        "It is unsure.",
        "2 checks: 1 with advice, 1 passed",
        "Widen it.",
        "0.61 (0.52 to 0.70)",
        "region: all others (3 rows) is left out.",
        "125",
        "--model-version 2026-01-01T09.30.00.000Z",
        'catalog.load("model", version="2026-01-01T09.30.00.000Z")',
        "Made by kedro run · 2026-01-01 09:30 UTC · kedro-sweep 0.2.0",
    ):
        assert text in page.text


def test_a_metric_without_an_interval_has_the_reason_below_the_table() -> None:
    assert "No interval of roc_auc: No row has a class." in Page(render_report(WHOLE)).text
    assert "No interval of roc_auc: No row has a class." in render_model_card(WHOLE)


def test_a_corrected_score_is_not_said_to_be_missing() -> None:
    corrected = {"corrected_value": 0.6, "corrected_low": 0.5, "corrected_high": 0.7}
    data = replace(WHOLE, summary={**WHOLE.summary, **corrected})
    page = Page(render_report(data))
    for text in (page.text, render_model_card(data)):
        assert "The folds leave rows out" in text
        assert "There is no corrected score" not in text


def test_a_run_that_left_little_has_a_page_without_gaps() -> None:
    page = Page(render_report(BARE))
    assert [section["id"] for section in page.all("section") if "id" in section] == [
        "numbers",
        "checks",
        "search",
        "use",
    ]
    assert "Nothing to report." in page.text
    assert "result.predict(rows)" in page.text
    in_project = Page(render_report(replace(BARE, project="wines"))).text
    assert "kedro sweep predict new_rows.csv\n" in in_project.replace("Or in", "\nOr in")


@pytest.mark.parametrize("data", [WHOLE, BARE], ids=["whole", "bare"])
def test_every_row_of_a_table_in_the_card_has_as_many_cells_as_its_head(data: ReportData) -> None:
    card = render_model_card(data)
    tables = re.findall(r"(?:^\|.*\n)+", card, re.MULTILINE)
    assert tables
    for table in tables:
        cells = [len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()]
        assert len(set(cells)) == 1


def test_the_card_has_no_element_of_html_and_no_empty_gap() -> None:
    card = render_model_card(WHOLE)
    assert not re.search(r"(?<!\\)<script", card)
    assert "\n\n\n" not in card
    assert card.startswith("# Model card: ")
    assert "--model-version 2026-01-01T09.30.00.000Z\n```" in card
    assert "There is no corrected score. The folds leave rows out" in card
    assert "No check found anything." in render_model_card(BARE)
    assert card.index("It is unsure.") < card.index("## Intended use") < card.index("## Model")


NAMES = ["mine", "trials", "test_curves", "train_confusion_matrix", "test_confusion_matrix"]


@pytest.mark.parametrize(
    ("task", "order"),
    [
        (
            "classification",
            ["test_confusion_matrix", "train_confusion_matrix", "test_curves", "trials", "mine"],
        ),
        ("regression", ["test_curves", "train_confusion_matrix", "trials", "mine"]),
    ],
)
def test_figures_are_in_reading_order_without_the_points_that_the_errors_repeat(
    task: str, order: list[str]
) -> None:
    figures = {name: f"<svg>{name}</svg>" for name in NAMES}
    data = ReportData(summary=SUMMARY | {"task": task}, figures=figures)
    assert re.findall("<svg>(.*?)</svg>", render_report(data)) == order


def test_the_trials_of_a_contest_are_drawn_with_the_weight_of_each_candidate() -> None:
    found = [
        {"candidate": name, "n_trials": 1, "best_value": value}
        for name, value in {"forest": 0.5, "machine": 0.613}.items()
    ]
    contest = {"candidate": "machine", "candidates": found, "best_trial": 0}
    trials = pd.DataFrame({"candidate": ["forest", "machine"], "number": 0, "value": [0.5, 0.613]})
    data = ReportData(summary=SUMMARY | contest, trials=trials.assign(state="COMPLETE"))
    page = Page(render_report(data))
    strips = [svg["aria-label"] for svg in page.all("svg") if svg.get("role") == "img"]
    assert strips == [
        "machine: 1 trial, best 0.6130, weight 100%",
        "forest: 1 trial, best 0.5000, weight 0%",
    ]
    assert "| machine | 1 | 0.6130 | 100% |" in render_model_card(data)


def test_the_members_of_an_ensemble_are_listed_with_their_weights() -> None:
    params = {"kernel": "rbf", "gamma": 0.1}
    member = {"candidate": "machine", "trial": 62, "weight": 0.6, "params": params}
    data = replace(BARE, model_card={"parameters": {"members": [member, member]}})
    assert "kernel: rbf, gamma: 0.1" in Page(render_report(data)).text
    assert "| machine | 62 | 60% | kernel: rbf, gamma: 0.1 |" in render_model_card(data)


@pytest.mark.parametrize("decision", [{}, {"rule": {"measure": "cost"}}])
@pytest.mark.parametrize("kind", ["random", "group", "time"])
def test_the_figure_over_time_knows_the_score_on_the_test_rows_and_whether_classes_were_decided(
    kind: str, decision: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    known: list[Any] = []

    def draw_time(*parts: Any, is_decided: bool) -> Any:
        known.extend((*parts, is_decided))
        return show_message("Over time", "not drawn")

    study = optuna.create_study()
    score = {"name": "accuracy", "value": 0.6, "low": None, "high": None}
    data = replace(
        BARE,
        summary=BARE.summary | {"study": study.study_name},
        model_card={"decision": {"interval": {}} | decision},
        test_details={"score": score, "is_decided": bool(decision)},
    )
    monkeypatch.setattr(_render, "draw_time", draw_time)
    monkeypatch.setattr(_render, "render_report", str)
    monkeypatch.setattr(_render, "render_model_card", str)
    none, column = pd.DataFrame(), {} if kind == "random" else {"column": "day"}
    table = Data(y_label="y", split={"kind": kind, **column})
    make_report(data, study._storage, none, none, none, none, none, table, {}, *MODEL_FIGURES)
    assert known[-2:] == ([score, bool(decision)] if kind == "time" else [])


def test_a_run_is_reported_with_the_figures_of_study_and_model() -> None:
    study = optuna.create_study(direction="maximize")
    depths: dict[str, BaseDistribution] = {"max_depth": IntDistribution(1, 9)}
    study.add_trials(
        [create_trial(value=n / 10, params={"max_depth": n}, distributions=depths) for n in (1, 2, 3)]
    )
    summary = {
        "study": study.study_name,
        "scoring": "accuracy",
        "direction": "maximize",
        "best_value": study.best_value,
        "best_trial": study.best_trial.number,
        "n_trials": 3,
        "n_complete": 3,
        "n_pruned": 0,
        "n_fail": 0,
    }
    report, card = make_report(
        ReportData(
            summary=summary,
            project="wine_sweep",
            features={"y_label": "quality"},
            parameters={"y_label": "taste"},  # as version 0.1 recorded it
        ),
        study._storage,
        pd.DataFrame(
            {
                ("session", "finished"): [False, True],
                ("features", "y_label"): [None, "quality"],
            },
            index=["2026-01-02T00.00.00.000Z", "2026-01-01T09.30.00.000Z"],
        ),
        none := pd.DataFrame(),
        none,
        none,
        none,
        Data(y_label="quality"),
        {},
        *(f"<svg>{name}</svg>" for name in MODEL_FIGURES),
    )
    assert "wine_sweep · run 2026-01-01T09.30.00.000Z" in report
    assert report.count("</figure>") == 2 + len(MODEL_FIGURES)
    assert "data.y_label" in report
    assert "<svg>test_confusion_matrix</svg>" in report
    assert card.startswith("# Model card: quality")


@pytest.mark.parametrize(
    ("scoring", "expected"),
    [
        ("neg_log_loss", "negative log loss"),
        ("r2", "R²"),
        ("my.scorers.profit_per_head", "profit per head"),
        ("make_scorer(fbeta_score, beta=0.5) 0a1b", "make scorer(fbeta score, beta=0.5) 0a1b"),
    ],
)
def test_a_score_is_named_in_words(scoring: str, expected: str) -> None:
    assert name_score(scoring) == expected
