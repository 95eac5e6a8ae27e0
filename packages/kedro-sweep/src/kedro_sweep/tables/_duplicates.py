"""Find rows that are equal in all columns, and tell copies from rows that are equal by chance.

Copies must not be on both sides of a split. If a block of columns was shuffled among the rows, some rows
would be equal by chance. Pairs of rows that differ tell how many: those equal in all other columns, and
those equal in the block only. So copies do not raise this number. It is too low where the block depends
on the other columns. So the highest number counts, of single columns and of columns that differ together
between similar rows.
"""

import logging
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from kedro_sweep.errors import InputError

logger = logging.getLogger(__name__)

Codes = NDArray[np.int32]
Numbers = NDArray[np.integer[Any]]
Counts = NDArray[np.float64]
Hashes = NDArray[np.uint64]
Rows = NDArray[np.bool_]

# Equal rows are copies if there are this many times as many pairs of them as chance explains. The second
# factor holds where fewer than half of the rows are unique, but still half of their combinations.
FACTOR, FACTOR_IF_DENSE = 30, 300
# A table of so many combinations, each of them twice (or three times …), was appended to itself.
MIN_COMBINATIONS = 20
# Half as many combinations, at least, would occur once more by chance, but none does.
MISSED = 20

MAX_BLOCKS = 40
MAX_SINGLE_COLUMNS = 40
MAX_BLOCK_COLUMNS = 20
N_SAMPLED = 100
N_COMPARED = 30_000_000

# A larger share of dropped rows is logged as a warning.
MUCH = 0.2


def find_copies(table: pd.DataFrame) -> NDArray[Any]:
    """Give equal rows the same label, from 0. Missing values equal each other."""
    if not _may_have_copies(table):
        return np.arange(len(table))
    codes = _number_all(table)
    return codes.groupby(list(codes), sort=False).ngroup().to_numpy()


def find_repeated(table: pd.DataFrame, *, unless_chance: bool) -> NDArray[np.bool_]:
    """Find rows that equal an earlier row."""
    if not _may_have_copies(table):
        return np.zeros(len(table), dtype=bool)
    codes = _number_all(table)
    return mark_copies(codes.to_numpy(np.int32)) if unless_chance else codes.duplicated().to_numpy()


def drop_copies(
    table: pd.DataFrame, columns: Sequence[str], *, unless_chance: bool = False
) -> pd.DataFrame:
    """Keep only the first of equal rows, or also those that chance explains, and log how many go."""
    dropped = find_repeated(table[[*columns]], unless_chance=unless_chance)
    if dropped.any():
        logger.log(
            logging.WARNING if dropped.mean() > MUCH else logging.INFO,
            "Dropped %d of %d rows (%.1f%%), which repeat others%s.",
            dropped.sum(),
            len(table),
            100 * dropped.mean(),
            ", not by chance" if unless_chance else "",
        )
    return table[~dropped]


def _may_have_copies(table: pd.DataFrame) -> bool:
    """Compare rows column by column, until all differ: in a large table, that takes a few columns."""
    rows, labels = np.arange(len(table)), np.zeros(len(table), dtype=np.int64)
    for column in range(table.shape[1]):
        numbers = _number(table.iloc[rows, column])
        labels = pd.factorize(labels * (numbers.max(initial=0) + 1) + numbers)[0]
        are_equal = np.bincount(labels)[labels] > 1
        rows, labels = rows[are_equal], labels[are_equal]
        if not len(rows):
            return False
    return table.shape[1] > 0


def _number_all(table: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({column: _number(table.iloc[:, column]) for column in range(table.shape[1])})


def _number(column: pd.Series) -> NDArray[Any]:
    """Number the different values of a column from 1; missing values get 0."""
    try:
        return pd.factorize(column)[0] + 1
    except TypeError as error:
        raise InputError(
            f"The column '{column.name}' holds values that cannot be compared. {error}. Replace them "
            "with numbers or text, or remove the column from data.features in parameters.yml."
        ) from error


def mark_copies(codes: Codes) -> Rows:
    """Mark the rows that repeat an earlier row, unless chance explains it."""
    random = np.random.default_rng(0)
    codes = np.asfortranarray(codes)  # columns are read one by one
    # Two rows are equal if the sums of their words are, and a sum over some columns compares these.
    sizes = codes.max(axis=0, initial=0) + 1
    words = [random.integers(2**64, size=size, dtype=np.uint64) for size in sizes]
    hashes = _add_up(codes, words, range(codes.shape[1]))
    counts = _count(hashes)
    repeats = pd.Series(hashes).groupby(hashes).cumcount().to_numpy()
    if not repeats.any():
        return repeats > 0
    times = int(np.gcd.reduce(counts.astype(int)))
    if times > 1 and (repeats == 0).sum() >= MIN_COMBINATIONS:
        copies = repeats >= counts / times
        copies[~copies] = mark_copies(codes[~copies])
        return copies

    chances = []
    for block in _list_blocks(codes, counts, random):
        inside = _add_up(codes, words, block)
        equal_inside, equal_outside = _count(inside) - counts, _count(hashes - inside) - counts
        different = len(codes) - counts - equal_inside - equal_outside
        chances.append(equal_inside * equal_outside / np.maximum(different, 1) / 2)
    rankings = _rank_frequencies(codes, counts)
    is_rare = [ranks < _find_limit(ranks, counts, repeats, chances) for ranks in rankings]
    return np.logical_and(repeats > 0, np.any(is_rare, axis=0))


def _find_limit(ranks: Numbers, counts: Counts, repeats: Numbers, chances: list[Counts]) -> int:
    """Find the rank below which equal rows are copies, as they are more likely among rare values."""

    def accumulate(values: Counts | Rows) -> Counts:
        return np.concatenate([[0], np.bincount(ranks, values).cumsum()])

    unique, pairs = accumulate(counts == 1), accumulate((counts - 1) / 2)
    limits = (
        (FACTOR, 2 * unique >= accumulate(np.ones(len(ranks)))),
        (FACTOR_IF_DENSE, (2 * unique >= accumulate(repeats == 0)) | _are_capped(repeats)),
    )
    end = len(pairs)
    for expected in map(accumulate, chances):
        gains = [np.where(allowed, pairs - factor * expected, -1) for factor, allowed in limits]
        end = min(end, max(int(gain.argmax()) for gain in gains))
    return end


def _are_capped(repeats: Numbers) -> bool:
    """Check whether many combinations occur n times, but none n + 1 times, as if exports overlap.

    By chance, N(n)² / N(n - 1) · n / (n + 1) combinations would, and more if some are more frequent.
    """
    at_least = np.bincount(repeats)
    once_less = at_least[-2] - at_least[-1]
    return bool(at_least[-1] >= MIN_COMBINATIONS and at_least[-1] ** 2 >= MISSED * once_less)


def _add_up(codes: Codes, words: list[Hashes], columns: Iterable[int]) -> Hashes:
    total = np.zeros(len(codes), dtype=np.uint64)
    for column in columns:
        total += words[column][codes[:, column]]
    return total


def _count(hashes: Hashes) -> Counts:
    """Count the rows with the hash of each row, itself included."""
    numbers = pd.factorize(hashes)[0]
    return np.bincount(numbers)[numbers].astype(float)


def _rank_frequencies(codes: Codes, counts: Counts) -> list[Numbers]:
    """Rank rows from rare to frequent values, from 0: by all their values, and by the rarest one."""
    # More than two equal rows count as two, because copies would make their values frequent.
    surplus = counts - np.minimum(counts, 2)
    product, rarest = np.zeros(len(codes)), np.full(len(codes), np.inf)
    for column in codes.T:
        frequency = np.bincount(column)[column] - surplus
        product += np.log(frequency)
        rarest = np.minimum(rarest, frequency)
    return [np.unique(key.round(6), return_inverse=True)[1] for key in (product, rarest)]


def _list_blocks(codes: Codes, counts: Counts, random: np.random.Generator) -> list[tuple[int, ...]]:
    """List single columns, and those that differ between sampled rows and the most similar ones."""
    n, n_columns = codes.shape
    compared = codes[random.permutation(n)[: N_COMPARED // (N_SAMPLED * n_columns)]]
    repeated = random.permutation(np.flatnonzero(counts > 1))[: N_SAMPLED // 2]
    found: Counter[tuple[int, ...]] = Counter()
    for row in [*repeated, *random.permutation(n)[: N_SAMPLED - len(repeated)]]:
        differ = compared != codes[row]
        n_different = differ.sum(axis=1)
        least = n_different[n_different > 0].min(initial=n_columns)
        if min(least, n_columns - least) <= MAX_BLOCK_COLUMNS:
            nearest = differ[n_different == least][:MAX_BLOCK_COLUMNS]
            found.update({tuple(np.flatnonzero(block).tolist()) for block in nearest})
    singles = range(n_columns) if n_columns <= MAX_SINGLE_COLUMNS else ()
    blocks = [block for block, times in found.most_common() if times > 1 and len(block) < n_columns]
    return list(dict.fromkeys([*((column,) for column in singles), *blocks]))[:MAX_BLOCKS]
