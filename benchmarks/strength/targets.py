"""Which targets the results meet."""

from collections.abc import Mapping, Sequence

from benchmarks.strength.compare import Comparison
from benchmarks.strength.tools import BEST, FULL, MEDIUM, PLAIN, TOOLS, UNTUNED

# The splits planned for each time limit.
PLANNED = {10.0: 10, 60.0: 5, 300.0: 3}
# What was measured, whether it meets the target (None if that is open), and on how many splits.
Measured = tuple[str, bool | None, int]
PEERS = [name for name, tool in TOOLS.items() if not tool.is_ours]
OTHER_PEERS = [peer for peer in PEERS if peer not in (BEST, MEDIUM)]

# Time limit, what is to be reached, by which way of ours, against which tools, by how many ranks it may be behind.
RANKS = [
    *((limit, "mean rank better than every other tool's", FULL, PEERS, None) for limit in (10.0, 60.0)),
    *(
        (limit, "mean rank better than every other tool's but AutoGluon's", PLAIN, OTHER_PEERS, None)
        for limit in (10.0, 60.0)
    ),
    (300.0, f"mean rank within one of that of {BEST}", FULL, [BEST], 1),
]


def judge(comparisons: Mapping[float, Comparison], n_tables: int) -> list[list[str]]:
    """Judge each target: its limit, what it is, whose, what was measured, on what, and the verdict."""
    rows = []
    for limit, target, ours, peers, margin in RANKS:
        found = comparisons.get(limit)
        result = _judge_rank(found, ours, peers, margin) if found and ours in found.ranks else None
        rows.append([f"{limit:g} s", target, ours, *_qualify(result, found, limit, n_tables)])
    target = f"on no table below {UNTUNED} by two standard errors"
    for limit in PLANNED:
        for ours in (FULL, PLAIN):
            found = comparisons.get(limit)
            result = (
                _judge_tables(found, ours)
                if found and {ours, UNTUNED} <= set(found.ranks.index)
                else None
            )
            rows.append([f"{limit:g} s", target, ours, *_qualify(result, found, limit, n_tables)])
    return rows


def _judge_rank(
    found: Comparison, ours: str, peers: Sequence[str], margin: float | None
) -> Measured | None:
    ranks = found.ranks[[peer for peer in peers if peer in found.ranks]]
    if ranks.empty:
        return None
    rank, best = found.ranks[ours], ranks.min()
    is_met = rank < best if margin is None else rank <= best + margin
    absent = [peer for peer in peers if peer not in ranks]
    lacking = f"; without {', '.join(absent)}" if absent else ""
    if cannot_fail := margin is not None and len(found.ranks) <= margin + 1:
        lacking += f"; of {len(found.ranks)} tools, which cannot be further apart"
    is_known = not (cannot_fail or (absent and is_met))
    measured = f"{rank:.2f}, {ranks.idxmin()} {best:.2f}{lacking}"
    return measured, is_met if is_known else None, found.n_splits


def _judge_tables(found: Comparison, ours: str) -> Measured | None:
    n_splits = found.count_splits(ours, UNTUNED)
    if n_splits < 2:
        return None
    differences = {table: found.differ(table, ours, UNTUNED) for table in found.scores.index}
    lost = [table for table, that in differences.items() if that.mean < -2 * that.standard_error]
    lost += list(found.scores.index[found.scores[ours].isna()])
    return "; ".join(lost) or "none", not lost, n_splits


def _qualify(
    result: Measured | None, found: Comparison | None, limit: float, n_tables: int
) -> tuple[str, str, str]:
    """Say on how much a result rests; the verdict is final only if all that is planned was measured."""
    if result is None or found is None:
        return "", "", "not measured"
    measured, is_met, n_splits = result
    n = len(found.scores)
    is_whole = n_splits >= PLANNED[limit] and n == n_tables
    verdict = "not measured" if is_met is None else "met" if is_met else "missed"
    qualified = verdict if is_whole or is_met is None else f"{verdict} so far"
    return measured, f"{n_splits} of {PLANNED[limit]} splits, {n} of {n_tables} tables", qualified
