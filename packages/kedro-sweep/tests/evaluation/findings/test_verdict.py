"""The verdict: the kind, the evidence, and that no bad model has a number to quote."""

from typing import Any

import pytest

from kedro_sweep.evaluation._summary import SweepSummary
from kedro_sweep.evaluation.findings._evidence import Finding
from kedro_sweep.evaluation.findings._verdict import OBSTACLES, log_verdict, make_verdict

Ends = tuple[float, float]

CORRECTED = {"corrected_value": 0.597, "corrected_low": 0.558, "corrected_high": 0.632}
TEST = {"rows": 153, "score": {"name": "accuracy", "value": 0.54, "low": 0.46, "high": 0.62}}
BETTER, UNCLEAR, WORSE = (0.1, 0.2), (-0.1, 0.1), (-0.2, -0.1)


def judge(gains: dict[str, Ends], *findings: Finding, **summary: Any) -> dict[str, Any]:
    """Make the verdict on a run with some gains, each as the ends of an interval."""
    found: dict[str, Any] = {"scoring": "accuracy", "rows": 865, "n_configurations": 91, **CORRECTED}
    for name, (low, high) in gains.items():
        key = f"gain_over_{name}"
        found |= {key: (low + high) / 2, f"{key}_low": low, f"{key}_high": high}
    status = "does not apply" if "corrected_value" in summary else "passed"
    checks = {"search_and_test_disagree": {"title": "Agree", "status": status, "evidence": ""}}
    dummy = {"score": 0.42}
    return make_verdict(SweepSummary.model_validate(found | summary), TEST, dummy, findings, checks)


@pytest.mark.parametrize(
    ("dummy", "untuned", "boosting", "kind", "words"),
    [
        (BETTER, BETTER, BETTER, "good", "better than the untuned model"),
        (BETTER, UNCLEAR, BETTER, "unsure", "no clear gain"),
        (BETTER, BETTER, UNCLEAR, "unsure", "not clearly better than untuned gradient boosting"),
        (BETTER, WORSE, BETTER, "problem", "Worse than the untuned model"),
        (WORSE, WORSE, WORSE, "problem", "a dummy model"),
    ],
)
def test_the_gains_make_the_verdict(
    dummy: Ends, untuned: Ends, boosting: Ends, kind: str, words: str
) -> None:
    verdict = judge({"dummy": dummy, "default": untuned, "boosting": boosting})
    assert verdict["kind"] == kind
    assert bool(verdict["quote"]) == (kind != "problem")
    assert words in verdict["sentence"]


@pytest.mark.parametrize("name", OBSTACLES)
def test_a_doubt_about_the_score_is_a_problem_and_its_remedy_comes_next(name: str) -> None:
    doubt = Finding(name, "It is in doubt. Here is why.", "Do this.")
    other = Finding("rare_classes", "A class is rare.", "Do that.")
    verdict = judge({"dummy": BETTER, "default": BETTER}, other, doubt)
    assert (verdict["kind"], verdict["next"]) == ("problem", "Do this.")
    assert verdict["sentence"] in verdict["mail"]


def test_other_findings_leave_the_verdict_alone() -> None:
    verdict = judge({"dummy": BETTER, "default": BETTER}, Finding("rare_classes", "Rare.", "Do that."))
    assert (verdict["kind"], verdict["next"]) == ("good", "Do that.")
    advice = Finding("as_good_and_faster", "One is faster.", "Choose it.", doubt=False)
    assert "kedro sweep predict" in judge({"dummy": BETTER, "default": BETTER}, advice)["next"]


def test_without_a_corrected_score_nothing_is_sure() -> None:
    verdict = judge({}, corrected_value=None, best_value=0.61, corrected_note="The folds follow time.")
    assert (verdict["kind"], verdict["quote"]) == ("unsure", "test")
    assert verdict["how"] == "not corrected: The folds follow time"


def test_the_sentence_to_paste_holds_the_numbers_and_the_references() -> None:
    mail = judge({"dummy": BETTER}, dummy_value=0.425, default_value=0.602)["mail"]
    for part in ("0.597 (0.558 to 0.632)", "865 rows", "91 configurations", "0.54 (0.46 to 0.62)"):
        assert part in mail
    assert mail.endswith("the untuned model 0.602, dummy model 0.425.")


def test_a_model_that_is_worse_than_the_dummy_on_the_test_rows_is_called_so() -> None:
    doubt = Finding("no_better_than_dummy", "It is worse.", "Do this.", {"is_worse": True})
    verdict = judge({}, doubt, corrected_value=None, best_value=0.61)
    assert verdict["sentence"] == "Worse than a dummy model: do not use it."
    known = judge({}, doubt, corrected_value=None, best_value=0.61, dummy_value=0.7)
    assert "a dummy model (0.7000)" in known["sentence"]


@pytest.mark.parametrize(
    ("summary", "line"),
    [
        (
            {},
            "Quote accuracy 0.597 (0.558 to 0.632); 0.54 (0.46 to 0.62) on 153 test rows, "
            "no clear difference from the corrected score; the dummy has 0.42 there.",
        ),
        (
            {"corrected_value": None, "best_value": 0.61},
            "Quote 0.54 (0.46 to 0.62) on 153 test rows, the dummy has 0.42 there; not accuracy 0.6100.",
        ),
    ],
)
def test_the_log_says_which_number_to_quote(
    summary: dict[str, Any], line: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    log_verdict(judge({"dummy": BETTER, "default": BETTER}, **summary), [])
    assert line in caplog.messages


def test_the_log_names_each_problem_that_its_sentence_does_not(
    caplog: pytest.LogCaptureFixture,
) -> None:
    slices = [Finding("worse_slices", f"Worse in {city}.", "Rely less on them.") for city in "AB"]
    verdict = judge({"dummy": BETTER, "default": BETTER, "boosting": BETTER}, *slices)
    with caplog.at_level("WARNING", logger="kedro_sweep"):
        log_verdict(verdict, slices)
    assert caplog.messages == ["Worse in A.", "Worse in B."]


def test_a_muted_check_makes_no_bad_model_quotable() -> None:
    verdict = judge({"dummy": UNCLEAR, "default": UNCLEAR})
    assert (verdict["kind"], verdict["quote"]) == ("problem", "")
    assert "predict" not in verdict["next"]
    worse = judge({"dummy": BETTER, "default": WORSE})
    assert (worse["kind"], worse["quote"]) == ("problem", "")
    assert "predict" not in worse["next"]


def test_a_comparison_that_does_not_apply_is_not_praised() -> None:
    idle = {"no_better_than_boosting": {"title": "", "status": "does not apply", "evidence": ""}}
    summary = {
        f"gain_over_{name}{end}": 0.1 for name in ("dummy", "boosting") for end in ("", "_low", "_high")
    }
    found = SweepSummary.model_validate({"scoring": "accuracy", **CORRECTED, **summary})
    assert make_verdict(found, {}, {}, [], idle)["sentence"] == "Clearly better than a dummy model."
