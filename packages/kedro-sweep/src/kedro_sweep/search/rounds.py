"""The rule of a contest: who gets how many trials, round by round."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from kedro_sweep.search.parameters import ContestRule


class Turn(NamedTuple):
    """A candidate, and the number of trials that its study should have after its turn."""

    name: str
    total: int


def plan_rounds(
    names: Sequence[str],
    n_trials: int,
    rule: ContestRule,
    find_best: Callable[[str, int], float | None],
) -> Iterator[list[Turn]]:
    """Share a total of trials out between candidates, round by round.

    In each round every candidate that is left gets a turn. After it, the better half goes on: rounded
    up, and never fewer than the survivors, who share the rest. This is successive halving (Jamieson and
    Talwalkar, 2016, "Non-stochastic best arm identification and hyperparameter optimization") with
    whole studies in place of single configurations. The turns do not depend on the total: a larger one
    adds turns, and the last one may be cut short.

    Args:
        names: The candidates; of two equals, the earlier one is better.
        n_trials: Number of trials of all candidates together.
        rule: The length of a turn and the number of survivors.
        find_best: Gives the best value among the first trials of a candidate, of which there may be
            fewer than asked for: higher is better, None if there is none. A candidate without a value
            is out.

    Yields:
        The turns of a round. Whoever goes on to the next round has run them.
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
    """Count the candidates that go on after a round.

    Args:
        n_candidates: Number of candidates in the round.
        rule: The number of survivors.

    Returns:
        Their number, if so many have a value.
    """
    return max(rule.survivors, math.ceil(n_candidates / 2))


def count_rounds(n_candidates: int, rule: ContestRule) -> int:
    """Count the rounds that get equal parts of a time: the last one is that of the survivors.

    Args:
        n_candidates: Number of candidates in the first of these rounds.
        rule: The number of survivors.

    Returns:
        The number of rounds.
    """
    n_kept = count_kept(n_candidates, rule)
    return 1 if n_kept >= n_candidates else 1 + count_rounds(n_kept, rule)
