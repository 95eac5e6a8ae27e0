"""The report of a run in a browser: on a phone, at night, and without a network."""

from pathlib import Path

import pandas as pd
import pytest
from kedro_sweep.report import ReportData, render_report
from kedro_sweep.report.figures import to_html
from kedro_sweep.report.figures._style import make_figure
from playwright.sync_api import Browser

LONG = "a_long_name_that_came_from_a_data_warehouse_" * 2
SUMMARY = {
    "study": LONG,
    "scoring": f"my_company.scorers.{LONG}",
    "direction": "maximize",
    "best_value": 0.6,
    "best_trial": 0,
    "n_trials": 2,
    "n_complete": 2,
    "n_pruned": 0,
    "n_fail": 0,
    "corrected_value": 0.58,
    "corrected_low": 0.55,
    "corrected_high": 0.61,
    "default_value": 0.59,
    "gain_over_default": -0.01,
    "gain_over_default_low": -0.03,
    "gain_over_default_high": 0.01,
}
SENTENCES = "Keep the untuned model, or search other arguments, or other models. More rows would help."
VERDICT = {
    "kind": "unsure",
    "quote": "corrected",
    "agrees": "which agrees",
    "sentence": "Tuning shows no clear gain over the untuned model.",
    "score": "accuracy 0.580 (0.550 to 0.610)",
    "how": "95% interval, cross-validated on 865 rows, corrected for choosing among 91 configurations",
    "tested": "0.54 (0.46 to 0.62) on 153 test rows",
    "checked": "22 checks: 1 problem, 5 with advice, 13 passed, 3 do not apply",
    "next": SENTENCES,
    "mail": SENTENCES * 3,
    "checks": {"one": {"title": "One", "status": "problem", "evidence": LONG}},
}
DATA = ReportData(
    summary=SUMMARY,
    test_metrics={LONG: 0.5},
    test_details={"rows": 9, "classes": {LONG: {"rows": 9, "precision": 1, "recall": 1, "f1": 1}}},
    verdict=VERDICT,
    findings={"one": {"message": f"{LONG} is alone.", "remedy": f"Look at {LONG}."}},
    model_card={"target": "W" * 60, "features": {LONG: "str"}, "parameters": {"fixed": {LONG: LONG}}},
    parameters={f"sweep.search_space.{LONG}.choices": [LONG, "x" * 200]},
    figures={
        "mine": '<svg width="800pt" height="300pt" viewBox="0 0 800 300"></svg>',
        "test_curves": to_html(make_figure(LONG, 3, columns=3)[0]),
    },
    trials=pd.DataFrame(
        {"number": [0], "value": 0.6, "state": "COMPLETE"} | {f"params_{i}": [LONG] for i in range(9)}
    ),
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_fits_any_screen_and_asks_for_nothing(
    width: int, scheme: str, browser: Browser, tmp_path: Path
) -> None:
    file = tmp_path / "report.html"
    file.write_text(render_report(DATA), encoding="utf-8")
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if scheme == "dark" else "light",
        offline=True,
    )
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    places = page.locator(".panels svg").evaluate_all(
        "all => all.map(one => one.getBoundingClientRect())"
    )
    assert len({place["top"] for place in places}) == (3 if width == 390 else 1)
    assert all(0 <= place["left"] < place["right"] <= width for place in places)
    for details in page.locator("summary").all():
        details.click()
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]
    verdict = page.locator(".verdict").bounding_box()
    assert verdict is not None
    assert verdict["y"] + verdict["height"] < 900  # all of it is on the first screen
    centers = page.evaluate(
        "[...document.querySelectorAll('.strips thead th.drawn text')].map((tick) => {"
        " const box = tick.getBoundingClientRect(); return box.x + box.width / 2 })"
    )
    lines = page.evaluate(
        "[...document.querySelector('.strips tbody td.drawn').querySelectorAll('.grid')]"
        ".map((line) => line.getBoundingClientRect().x)"
    )
    assert centers == pytest.approx(lines, abs=2)  # the ticks stand above their lines
    links = page.evaluate("[...document.querySelectorAll('a')].map((link) => link.getAttribute('href'))")
    targets = page.evaluate("[...document.querySelectorAll('[id]')].map((element) => '#' + element.id)")
    assert {link for link in links if link.startswith("#")} <= {*targets}
    brightness = page.evaluate(
        "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)"
    )
    assert (max(brightness) < 60) == (scheme == "dark")
    context.close()
