"""The shares of the candidates in an ensemble."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any


def share_weights(members: Iterable[Mapping[str, Any]]) -> dict[str, float]:
    """Sum the weights of members that are trials of the same candidate."""
    shares: Counter[str] = Counter()
    for member in members:
        shares[member["candidate"]] += member["weight"]
    return dict(shares.most_common())
