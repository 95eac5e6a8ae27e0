"""The rules of a contest: which candidate gets how many trials in each round."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from kedro_sweep.search.settings import ContestRule


class Turn(NamedTuple):
    """A candidate, and the number of trials that its study should have after the turn."""

    name: str
    total: int


def plan_rounds(
    names: Sequence[str],
    n_trials: int,
    rule: ContestRule,
    find_best: Callable[[str, int], float | None],
) -> Iterator[list[Turn]]:
    """Divide a number of trials among the candidates, round by round.

    In each round, every remaining candidate gets a turn. Then the better half (rounded up, but never
    fewer than the survivors) goes on to the next round, and the survivors share the rest. This is
    successive halving (Jamieson and Talwalkar, 2016, "Non-stochastic best arm identification and
    hyperparameter optimization") applied to whole studies instead of single configurations. The turns do
    not depend on the total: a larger total adds turns, and the last turn may be cut short.
    """
    left, total, standing = n_trials, dict.fromkeys(names, 0), [*names]
    while standing and left > 0:
        turns = []
        for name in standing[: math.ceil(left / rule.turn)]:
            size = min(rule.turn, left)
            left -= size
            total[name] += size
            turns.append(Turn(name, total[name]))
        yield turns
        values = {name: find_best(name, total[name]) for name in standing}
        ranked = sorted(
            (name for name in standing if values[name] is not None),
            key=lambda name: values[name] or 0.0,
            reverse=True,
        )
        kept = ranked[: count_kept(len(standing), rule)]
        standing = [name for name in standing if name in kept]


def count_kept(n_candidates: int, rule: ContestRule) -> int:
    """Compute how many candidates go on after a round."""
    return max(rule.survivors, math.ceil(n_candidates / 2))


def count_rounds(n_candidates: int, rule: ContestRule) -> int:
    """Count the rounds that share the time equally, up to and including the survivors' round."""
    n_kept = count_kept(n_candidates, rule)
    return 1 if n_kept >= n_candidates else 1 + count_rounds(n_kept, rule)
