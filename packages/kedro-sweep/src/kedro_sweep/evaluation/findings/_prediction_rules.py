"""Findings about the predictions of the model: out of fold, and on the rows it was trained on."""

from collections.abc import Iterator

from kedro_sweep.evaluation.decisions import describe_coverage
from kedro_sweep.evaluation.estimates import CLASSIFICATION, PROBABILITIES, REGRESSION
from kedro_sweep.evaluation.findings._evidence import (
    PARAMETERS,
    SEARCH,
    Evidence,
    Finding,
    Result,
    find,
)
from kedro_sweep.evaluation.findings._score_rules import no_better_than_dummy
from kedro_sweep.text import (
    MAX_LISTED,
    count,
    estimate,
    interval,
    name,
    names,
    number,
    share,
    shorten_names,
)

BY_CHANCE = 0.01
MAX_NAME = 24  # of a class in a list
FREQUENT = 0.8  # the share of a class that makes a constant hard to beat by accuracy
MIN_BIAS = 0.1  # of the residuals' spread
FAR = 0.5  # the share of the way from the dummy to the training score
# The tracked metric that each scorer computes.
TRACKED = {scorer: name for name, scorer in (CLASSIFICATION | PROBABILITIES | REGRESSION).items()}
TRACKED |= dict.fromkeys(["roc_auc", "roc_auc_ovr"], "roc_auc")


def folds_disagree(evidence: Evidence) -> Iterator[Result]:
    """The folds may differ more than random parts of the rows do, by a test at 1%."""
    p_value, scores = evidence.summary.delivered.folds_p_value, evidence.summary.delivered.fold_scores
    if p_value is None:
        return
    if p_value >= BY_CHANCE:
        yield f"{interval(min(scores), max(scores))}, p = {number(p_value, digits=2)}"
        return
    measure = "accuracy" if evidence.configuration.model.is_classifier else "mean squared error"
    yield Finding(
        "folds_disagree",
        f"The folds differ more than chance explains: their {measure} is "
        f"{interval(min(scores), max(scores))} (p = {number(p_value, digits=2)}).",
        "If rows are in order of collection, or share a source, set data.split to time or group in "
        f"{PARAMETERS}. Otherwise, choose a splitter with shuffle: true under sweep.cv in {SEARCH}.",
        {"fold_scores": scores, "p_value": p_value},
    )


def worse_slices(evidence: Evidence) -> Iterator[Result]:
    """A slice of the rows has a worse score than the others, by a test at 5% over all slices."""
    slices = evidence.slices.get("slices", [])
    if slices and not any(each["worse"] for each in slices):
        yield f"none of {len(slices)}"
    for found in [each for each in slices if each["worse"]][:MAX_LISTED]:
        inside, others, by = (estimate(*found[part]) for part in ("estimate", "others", "difference"))
        yield Finding(
            "worse_slices",
            f"The model is worse where {name(found['column'])} is {name(found['slice'])}: out of fold, "
            f"its {found['score']} is {inside} on {count(found['rows'], 'row')}, and {others} on the "
            f"others. The difference is {by}, with p = {number(found['p_value'], digits=3)} after "
            f"correction for {len(slices)} slices.",
            "Rely less on predictions of such rows. To improve them, add rows like them, or features "
            "that say more about them; out_of_fold_predictions.csv shows the errors.",
            found,
        )


def class_never_predicted(evidence: Evidence) -> Iterator[Result]:
    """Out of fold, the model predicts no row as a class."""
    never, y = evidence.summary.delivered.never_predicted, evidence.train[evidence.y_label]
    if never is None or not evidence.configuration.model.is_classifier:
        return
    if not never:
        yield "every class is predicted"
        return
    n_rows, shown = int(y.astype(str).isin(never).sum()), shorten_names(never, MAX_NAME)
    yield Finding(
        "class_never_predicted",
        f"Out of fold, the model never predicts {len(never)} of the {y.nunique()} classes of "
        f"{evidence.y_label}, which have {n_rows} of {count(len(y), 'training row')}: {names(shown)}.",
        f"If they matter, set sweep.scoring to balanced_accuracy or f1_macro in {SEARCH}, weight "
        "classes, or add rows. Otherwise, merge them with others.",
        {"classes": never, "rows": n_rows},
    )


def accuracy_insensitive(evidence: Evidence) -> Iterator[Result]:
    """Accuracy is optimized, although one class has at least 80% of the training rows."""
    classes, is_weighted = evidence.train[evidence.y_label], evidence.configuration.weights is not None
    shares = classes.value_counts(normalize=True)
    if is_weighted:
        weights = evidence.train[evidence.data_summary["parameters"]["weights"]]
        shares = (weights.groupby(classes).sum() / weights.sum()).sort_values(ascending=False)
    of = "weight in training" if is_weighted else "training rows"
    if evidence.summary.scoring != "accuracy" or len(shares) < 2:
        return
    if shares.iloc[0] < FREQUENT:
        yield f"the largest class has {share(shares.iloc[0])} of the {of}"
        return
    doubts = find(no_better_than_dummy, evidence)
    if any("test_roc_auc_low" in doubt.figures for doubt in doubts):
        return  # it gives the same advice
    yield Finding(
        "accuracy_insensitive",
        f"{share(shares.iloc[0])} of the {of} are {name(shares.index[0])}, so a constant "
        "has that accuracy. Accuracy can hardly tell which configuration finds the others.",
        f"Set sweep.scoring to neg_log_loss, roc_auc (of two classes) or balanced_accuracy in {SEARCH}.",
        {"class": str(shares.index[0]), "share": float(shares.iloc[0])},
    )


def biased_residuals(evidence: Evidence) -> Iterator[Result]:
    """The mean residual differs from 0 by a test at 1%, and by a tenth of the residuals' spread."""
    found = evidence.summary.delivered
    mean, spread, p_value = found.mean_residual, found.residual_spread, found.residual_p_value
    if mean is None or spread is None or p_value is None:
        return
    if p_value < BY_CHANCE and abs(mean) > MIN_BIAS * spread:
        yield Finding(
            "biased_residuals",
            f"Out of fold, predictions of {evidence.y_label} are too {'low' if mean > 0 else 'high'} by "
            f"{number(abs(mean))} on average, which chance does not explain. Residuals have a standard "
            f"deviation of {number(spread)}.",
            "If sums or means of predictions matter, use a model that minimizes squared errors, and "
            f"neg_root_mean_squared_error as sweep.scoring in {SEARCH}. Absolute errors favor medians.",
            {"mean_residual": mean, "residual_spread": spread, "p_value": p_value},
        )
    else:
        yield f"mean residual {number(mean)}"


def intervals_too_narrow(evidence: Evidence) -> Iterator[Result]:
    """Prediction intervals or sets hold fewer test rows than they should, by a test at 1%."""
    found = evidence.test_details.get("coverage")
    if not found:
        return
    if found["p_value"] >= BY_CHANCE:
        yield f"{found['covered']:.0%} of the test rows are inside"
        return
    yield Finding(
        "intervals_too_narrow",
        f"{describe_coverage(found)}, which chance does not explain (p = "
        f"{number(found['p_value'], digits=2)}). Those of new rows may be too narrow as well.",
        "Find out how the test rows differ. If rows share a source or follow time, set data.split to "
        f"group or time in {PARAMETERS}. Otherwise, raise decision.interval.",
        dict(found),
    )


def train_far_above_test(evidence: Evidence) -> Iterator[Result]:
    """More than half of the training score's gain over the dummy is gone on the test rows."""
    score, scoring = evidence.test_details.get("score"), evidence.summary.scoring
    trained, dummy = evidence.train_metrics.get(TRACKED.get(scoring, "")), evidence.summary.dummy_value
    if trained is None or dummy is None or not score or score["high"] is None:
        return
    # The training score may be measured after a decision; the test score never is.
    is_decided = evidence.test_details.get("is_decided") and scoring != "roc_auc"
    if score["name"] != scoring or is_decided:
        return
    train, test = (-trained if scoring.startswith("neg_") else trained), score["value"]
    is_far = train > max(score["high"], dummy) and train - test > FAR * (train - dummy)
    if is_far:
        yield Finding(
            "train_far_above_test",
            f"On its training rows, the model has {scoring} {number(train)}, and {number(test)} on the "
            "test rows. So the training score says nothing about new rows.",
            "Nothing to do: this is normal for forests and boosting.",
            {"train_value": train, "test_value": test, "dummy_value": dummy},
            doubt=False,
        )
    else:
        yield f"{number(train)} on training rows, {number(test)} on test rows"
