"""What the members of an ensemble have in common."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any


def share_weights(members: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """Sum the weights of the members that are trials of the same candidate.

    Args:
        members: `candidate` and `weight` of each.

    Returns:
        The sums by candidate, the largest first.
    """
    shares: Counter[str] = Counter()
    for member in members:
        shares[member["candidate"]] += member["weight"]
    return dict(shares.most_common())
