"""The report says what was decided about the predictions, and on what evidence."""

from kedro_sweep.report.page._decisions import list_decision_facts

BEFORE = {"brier": 0.15, "log_loss": 0.5, "slope": 0.5, "intercept": 0.1, "ece": [0.08, 0.05, 0.11]}
AFTER = {"brier": 0.14, "log_loss": 0.45, "slope": 1.0, "intercept": 0.0, "ece": [0.01, 0.0, 0.03]}
KEPT = {"method": "auto", "calibrator": None, "before": BEFORE, "after": {}, "gain": None, "note": ""}


def test_a_correction_shows_what_it_changed_and_what_new_rows_gain() -> None:
    gain = {"gain": [0.01, 0.005, 0.015], "chosen": "sigmoid", "calibrator": {"curves": []}}
    facts = list_decision_facts({"calibration": KEPT | {"after": AFTER} | gain}, {})
    assert facts["Out-of-fold probabilities"] == (
        "Brier score 0.1500 → 0.1400, log loss 0.5000 → 0.4500, slope 0.5000 → 1.000, "
        "intercept 0.1000 → 0.000, expected calibration error 0.080 (0.050 to 0.110) → "
        "0.010 (0.000 to 0.030)"
    )
    assert facts["Their correction"] == "sigmoid; new rows gain 0.010 (0.005 to 0.015) in Brier score"


def test_no_correction_has_its_reason() -> None:
    facts = list_decision_facts({"calibration": KEPT | {"note": "40 rows are too few."}}, {})
    assert facts["Their correction"] == "none; 40 rows are too few"
    assert "→" not in facts["Out-of-fold probabilities"]
    facts = list_decision_facts({"calibration": KEPT | {"method": "none"}}, {"calibration": AFTER})
    assert facts.keys() == {"Out-of-fold probabilities", "Test probabilities"}


def test_intervals_show_their_coverage_and_what_is_assumed() -> None:
    coverage = {"covered": 0.88, "low": 0.82, "high": 0.92, "rows": 153, "level": 0.9, "kind": "set"}
    details = {"coverage": coverage | {"mean_size": 1.4}}
    facts = list_decision_facts({"interval": {"kind": "set", "note": "Assumes much."}}, details)
    fact = facts["Prediction intervals"]
    assert "of 88% (82% to 92%) of 153 test rows; 1.400 classes on average; Assumes much" in fact
    assert list_decision_facts({"interval": {"kind": None, "note": "Too few."}}, {"coverage": {}}) == {
        "Prediction intervals": "Too few"
    }


def test_without_decisions_there_is_no_fact() -> None:
    assert list_decision_facts({}, {}) == {}
