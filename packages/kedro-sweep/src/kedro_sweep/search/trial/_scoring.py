"""The scores and the warnings of fitted models."""

import logging
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import isnan, nan
from typing import Any

import numpy as np
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.metrics import get_scorer_names

from kedro_sweep.errors import InputError
from kedro_sweep.search.settings import Scorer, can_weight, find_scorer, score_weighted
from kedro_sweep.search.study import Fold

logger = logging.getLogger(__name__)


def check_scoring(scoring: str, folds: Sequence[Fold], *, is_classifier: bool) -> None:
    """Score a dummy on every fold; a custom scorer, which may need more than a dummy, is not tried."""
    scorer = find_scorer(scoring)
    if folds[0].weights_test is not None and not can_weight(scorer):
        raise InputError(
            f"sweep.scoring: '{scoring}' takes no sample_weight, as data.weights needs: choose another."
        )
    if scoring not in get_scorer_names():
        return
    for fold in folds:
        dummy = DummyClassifier() if is_classifier else DummyRegressor()
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                score = score_weighted(scorer, fold.fit(dummy), *fold.tested)
            n_rows = len(fold.y_test)
            reason = f"It is not a number on a fold of {n_rows} test row(s)" if isnan(score) else ""
        except (ValueError, TypeError, AttributeError) as error:
            reason = str(error).partition(". ")[0].rstrip(".")
        if reason:
            n_classes = fold.y_train.nunique()
            target = f"{n_classes} classes" if is_classifier else "a target of numbers"
            raise InputError(
                f"sweep.scoring: '{scoring}' cannot score predictions of {target}. "
                f"{reason}. Choose another, such as "
                f"{_suggest(scoring, n_classes, is_classifier)}, or remove it."
            )


def try_scorers(scorers: Mapping[str, Scorer], *fitted: Any) -> dict[str, float]:
    """Score a model by the scores that are only recorded; one that cannot be computed becomes NaN."""
    scores: dict[str, float] = {}
    for name, scorer in scorers.items():
        try:
            scores[name] = float(score_weighted(scorer, *fitted))
            reason = "It is not a number" if isnan(scores[name]) else ""
        except Exception as error:  # a custom scorer may raise anything
            scores[name], reason = nan, f"{type(error).__name__}: {error}"
        if reason:
            warnings.warn(f"sweep.scoring: no value of '{name}'. {reason}", stacklevel=1)
    return scores


def average_scores(folds: Sequence[Mapping[str, float]]) -> dict[str, float | None]:
    means = {name: float(np.mean([scores[name] for scores in folds])) for name in folds[0]}
    return {name: None if isnan(mean) else mean for name, mean in means.items()}


def _suggest(scoring: str, n_classes: int, is_classifier: bool) -> str:
    if not is_classifier:
        return "neg_mean_absolute_error" if scoring == "r2" else "r2"
    similar = [name for name in (f"{scoring}_macro", f"{scoring}_ovr") if name in get_scorer_names()]
    return similar[0] if similar and n_classes > 2 else "accuracy"


@contextmanager
def count_warnings() -> Iterator[Counter[str]]:
    counts: Counter[str] = Counter()
    with warnings.catch_warnings(record=True) as caught:
        # By default, Python shows a warning from the same line only once and would not count the others.
        warnings.simplefilter("always", append=True)
        try:
            yield counts
        finally:
            texts = (f"{type(item.message).__name__}: {item.message}" for item in caught)
            counts.update(text.strip().splitlines()[0].rstrip(":") for text in texts)


@contextmanager
def log_warnings() -> Iterator[None]:
    """Log the warnings in a block, each once with a count."""
    with count_warnings() as counts:
        yield
    for text, count in counts.items():
        times = f" ({count} times)" if count > 1 else ""
        logger.warning("%s%s", text, times)
