"""Findings about the predictions of the model: out of fold, and on the rows it was trained on."""

from collections.abc import Iterator

from kedro_sweep import text
from kedro_sweep.evaluation.estimates import CLASSIFICATION, PROBABILITIES, REGRESSION
from kedro_sweep.evaluation.findings._evidence import PARAMETERS, SEARCH, Evidence, Finding
from kedro_sweep.evaluation.findings._score_rules import no_better_than_dummy
from kedro_sweep.text import count, interval, number

# Fewer test rows of a class do not show that it is never predicted.
MIN_TEST_ROWS = 10
# With a class of this share, a constant is hard to beat by accuracy.
FREQUENT = 0.8
BY_CHANCE = 0.01
# The smallest share of the residuals' spread that their mean has to be.
MIN_BIAS = 0.1
# The share of the way from the dummy to the training score that is lost on test rows.
FAR = 0.5
# The tracked metric that each scorer computes.
TRACKED = {
    **{scorer: metric for metric, scorer in (CLASSIFICATION | PROBABILITIES | REGRESSION).items()},
    "roc_auc": "roc_auc",
    "roc_auc_ovr": "roc_auc",
}


def folds_disagree(evidence: Evidence) -> Iterator[Finding]:
    """The folds may differ more than random parts of the rows do.

    The rows of each fold are compared: right or wrong by a chi-square test, squared errors by a
    Kruskal-Wallis test, at 1%. Without folds of random rows, as with groups or time, there is no test.
    """
    found = evidence.summary.delivered
    p_value, scores = found.folds_p_value, found.fold_scores
    if p_value is None or p_value >= BY_CHANCE:
        return
    measure = "accuracy" if evidence.configuration.model.is_classifier else "mean squared error"
    yield Finding(
        "folds_disagree",
        f"The folds differ more than chance explains: out of fold, the {measure} of the model is "
        f"{interval(min(scores), max(scores))} (p = {number(p_value, digits=2)}).",
        "Find out how the rows of these folds differ. If rows are in order of collection, or share a "
        f"source, set data.split to time or group in {PARAMETERS}. If their order means nothing, "
        f"shuffle them: choose a splitter with shuffle: true under sweep.cv in {SEARCH}.",
        {"fold_scores": scores, "p_value": p_value},
    )


def class_never_predicted(evidence: Evidence) -> Iterator[Finding]:
    """The model predicts a class for no row out of fold.

    If that is unknown, it finds none of a class's test rows, which are at least ten.
    """
    rows, verdict = evidence.summary.delivered.never_predicted, "Out of fold, the model never predicts"
    if rows is None:
        verdict = "On the test rows, the model never finds"
        tested = evidence.test_details.get("classes", {})
        missed = {label: found["rows"] for label, found in tested.items() if not found["recall"]}
        rows = {label: n for label, n in missed.items() if n >= MIN_TEST_ROWS}
    if not rows:
        return
    n_classes = evidence.train[evidence.y_label].nunique()
    listed = [f"{text.name(label)} ({count(n, 'row')})" for label, n in rows.items()]
    remedy = (
        f"If they matter, set sweep.scoring to balanced_accuracy or f1_macro in {SEARCH}, which count "
        "every class alike"
    )
    arguments = evidence.make_estimator().get_params()
    if any(name.rpartition("__")[2] == "class_weight" for name in arguments):
        remedy += f", or class_weight to balanced under {evidence.params_key}"
    yield Finding(
        "class_never_predicted",
        f"{verdict} {len(rows)} of the {n_classes} classes of {evidence.y_label}: {text.names(listed)}.",
        f"{remedy}. If not, merge them with others. A class of a few rows needs more rows.",
        {"classes": rows, "of": n_classes},
    )


def accuracy_insensitive(evidence: Evidence) -> Iterator[Finding]:
    """Accuracy is optimized, although one class has at least 80% of the training rows."""
    if evidence.summary.scoring != "accuracy":
        return
    if any("test_roc_auc_low" in found.figures for found in no_better_than_dummy(evidence)):
        return  # it gives the same advice
    shares = evidence.train[evidence.y_label].value_counts(normalize=True)
    if len(shares) < 2 or shares.iloc[0] < FREQUENT:
        return
    auc = "roc_auc" if len(shares) == 2 else "roc_auc_ovr"
    yield Finding(
        "accuracy_insensitive",
        f"{shares.iloc[0]:.0%} of the training rows are {text.name(shares.index[0])}, so a constant has "
        "that accuracy. Accuracy can hardly tell which configuration finds the others.",
        f"Set sweep.scoring in {SEARCH} to neg_log_loss if you use probabilities, to {auc} to rank "
        "rows, or to balanced_accuracy if each class matters alike.",
        {"class": str(shares.index[0]), "share": float(shares.iloc[0])},
    )


def biased_residuals(evidence: Evidence) -> Iterator[Finding]:
    """The predictions may be too low or too high on average.

    The mean residual out of fold differs from 0 (t test at 1%, of whole groups if there are groups), and
    is more than a tenth of the residuals' standard deviation.
    """
    found = evidence.summary.delivered
    mean, spread, p_value = found.mean_residual, found.residual_spread, found.residual_p_value
    if mean is None or spread is None or p_value is None:
        return
    if p_value >= BY_CHANCE or abs(mean) <= MIN_BIAS * spread:
        return
    yield Finding(
        "biased_residuals",
        f"Out of fold, the predictions of {evidence.y_label} are too {'low' if mean > 0 else 'high'} by "
        f"{number(abs(mean))} on average, more than chance explains. The standard deviation of the "
        f"residuals is {number(spread)}.",
        "If sums or means of predictions matter, use a model that minimizes squared errors under "
        f"sweep.model, and sweep.scoring: neg_root_mean_squared_error, in {SEARCH}. Models of absolute "
        "errors predict medians, which differ from means if the target is skewed.",
        {"mean_residual": mean, "residual_spread": spread, "p_value": p_value},
    )


def train_far_above_test(evidence: Evidence) -> Iterator[Finding]:
    """The training score is far better than the test score, as for every forest.

    On the test rows, more than half of its distance from the dummy is gone, and it is outside the 95%
    interval of the test score.
    """
    score, dummy = evidence.test_details.get("score"), evidence.summary.dummy_value
    scoring = evidence.summary.scoring
    trained = evidence.train_metrics.get(TRACKED.get(scoring, ""))
    if not score or score["name"] != scoring or dummy is None or trained is None:
        return
    train, end = (-trained if scoring.startswith("neg_") else trained), score["high"]
    if end is None or train <= max(end, dummy) or train - score["value"] <= FAR * (train - dummy):
        return
    yield Finding(
        "train_far_above_test",
        f"On the rows it was trained on, the model has {score['name']} {number(train)}, and "
        f"{number(score['value'])} on the test rows. It knows the former by heart, so the training "
        "score says nothing about new rows.",
        "Nothing to do: such a gap is normal for forests and boosting. Quote the corrected or the test "
        "score.",
        {"train_value": train, "test_value": score["value"], "dummy_value": dummy},
        doubt=False,
    )
