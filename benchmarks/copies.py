"""Simulate whether copies of rows are told from coincidences: `python -m benchmarks.copies`.

The targets were fixed before: in at least 95% of tables without copies, at most 1% of the rows may count
as copies; of copies in tables with a continuous column, at least 95% must be found.
"""

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from kedro_sweep.tables import find_repeated

from benchmarks.wines import ROOT

Random = np.random.Generator
# The factors of the test were chosen with smaller seeds.
FIRST_SEED = 20_000
# A larger share of rows must not be lost.
LIMIT = 0.01


def make_categories(random: Random, n: int) -> pd.DataFrame:
    """Independent columns of few values."""
    sizes = random.integers(2, 15, random.integers(2, 9))
    return pd.DataFrame(
        {j: random.choice(k, n, p=random.dirichlet(np.ones(k))) for j, k in enumerate(sizes)}
    )


def make_latent_classes(random: Random, n: int) -> pd.DataFrame:
    """Columns that depend on each other, one that follows from another, and one in two units."""
    kinds, latent = random.integers(2, 10, random.integers(3, 10)), random.integers(0, 8, n)
    table = pd.DataFrame(
        {
            j: (random.random(n)[:, None] > random.dirichlet(np.full(k, 0.3), 8)[latent].cumsum(1)).sum(
                1
            )
            for j, k in enumerate(kinds)
        }
    )
    return table.assign(group=table[0] // 2, inches=table[1] * 2.54)


def make_passengers(random: Random, n: int) -> pd.DataFrame:
    """Sex, class, age with gaps and survival, as of a ship."""
    male, grade = random.random(n) < 0.64, random.choice(3, n, p=[0.25, 0.2, 0.55])
    age = np.clip(random.normal(40 - 5 * grade, 13), 0, 80).round()
    survived = random.random(n) < 1 / (1 + np.exp(2.5 * male + 0.8 * grade - 2))
    age[random.random(n) < 0.2] = np.nan
    return pd.DataFrame({"male": male, "grade": grade, "age": age, "survived": survived})


def make_rounded(random: Random, n: int) -> pd.DataFrame:
    """Correlated measurements with few digits, and a target that follows from them."""
    p = random.integers(2, 7)
    values = random.normal(size=(n, p)) @ random.normal(size=(p, p))
    table = pd.DataFrame((values * 10 ** random.uniform(-0.5, 0.9, p)).round())
    return table.assign(y=values[:, 0] + random.normal(size=n) > 0)


def make_sparse(random: Random, n: int) -> pd.DataFrame:
    """Words of short texts: most rows have few."""
    words = random.random((n, random.integers(20, 120))) < random.random((n, 1)) * 0.08
    return pd.DataFrame(words).assign(y=random.random(n) < 0.3)


def make_orders(random: Random, n: int) -> pd.DataFrame:
    """The price follows from the item, and the total from both other numbers."""
    item, amount = random.integers(0, 30, n), random.integers(1, 6, n)
    price = random.lognormal(2, 1, 30).round(2)[item]
    store = random.integers(0, 5, n)
    return pd.DataFrame(
        {"item": item, "price": price, "total": (price * amount).round(2), "store": store}
    )


def make_survey(random: Random, n: int) -> pd.DataFrame:
    """Answers from 1 to 5 that go together."""
    answers = 0.9 * random.normal(size=(n, 1)) + 0.6 * random.normal(size=(n, random.integers(4, 12)))
    return pd.DataFrame(np.digitize(answers, [-1.5, -0.5, 0.5, 1.5]))


def make_continuous(random: Random, n: int) -> pd.DataFrame:
    """Correlated measurements, a few categories, and a target that follows from one of them."""
    p = random.integers(1, 8)
    table = pd.DataFrame(random.normal(size=(n, p)) @ random.normal(size=(p, p)))
    for j in range(random.integers(0, 4)):
        table[f"kind_{j}"] = random.integers(0, random.integers(2, 6), n)
    return table.assign(y=table[0] + random.normal(size=n) > 0)


def make_measured(random: Random, n: int) -> pd.DataFrame:
    """Measurements with one decimal."""
    p = random.integers(4, 10)
    table = pd.DataFrame(random.normal(size=(n, p)) @ random.normal(size=(p, p))).round(1)
    return table.assign(y=np.digitize(table[0], [-1, 0, 1]))


def make_fares(random: Random, n: int) -> pd.DataFrame:
    """Passengers with a price in cents, which many of them share."""
    fare = np.where(
        random.random(n) < 0.5, random.choice([7.75, 8.05, 13.0], n), random.lognormal(3, 1, n).round(2)
    )
    return make_passengers(random, n).assign(fare=fare)


FAMILIES: dict[str, Callable[[Random, int], pd.DataFrame]] = {
    "categories": make_categories,
    "latent_classes": make_latent_classes,
    "passengers": make_passengers,
    "rounded": make_rounded,
    "sparse": make_sparse,
    "orders": make_orders,
    "survey": make_survey,
    "continuous": make_continuous,
    "measured": make_measured,
    "fares": make_fares,
}
# Those that get copies, too.
CONTINUOUS = ("continuous", "measured", "fares")


def simulate(seeds: range) -> Iterator[dict[str, object]]:
    """Draw a table of each family per seed, and count what is taken for copies."""
    for seed in seeds:
        for name, make in FAMILIES.items():
            random = np.random.default_rng(seed)
            table = make(random, int(random.choice([150, 500, 1500])))
            yield _count(name, seed, table, 0)
            if name in CONTINUOUS:
                share = float(random.choice([0.01, 0.05, 0.3]))
                chosen = random.choice(len(table), max(1, int(share * len(table))))
                yield _count(name, seed, pd.concat([table, table.iloc[chosen]]), len(chosen))


def _count(name: str, seed: int, table: pd.DataFrame, planted: int) -> dict[str, object]:
    marked, n = find_repeated(table, unless_chance=True), len(table) - planted
    facts = {"rows": n, "planted": planted, "lost": marked[:n].sum(), "found": marked[n:].sum()}
    return {"family": name, "seed": seed, **facts}


def main() -> None:
    """Write a row per table, and print what each family gives."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=int, default=100, help="number of tables per family")
    parser.add_argument("--output", type=Path, default=ROOT / "docs/reference/copies.csv")
    options = parser.parse_args()
    tables = pd.DataFrame(simulate(range(FIRST_SEED, FIRST_SEED + options.tables)))
    tables.to_csv(options.output, index=False)
    without, planted = tables[tables["planted"] == 0], tables[tables["planted"] > 0]
    lost = (without["lost"] / without["rows"]).groupby(without["family"])
    sums = planted.groupby("family")[["planted", "found"]].sum()
    print("Without copies: tables that lose more than 1% of the rows, and the largest share")
    print(lost.agg(tables=lambda share: (share > LIMIT).sum(), largest="max").round(3).to_string())
    print("With copies: the share of them that is found")
    print((sums["found"] / sums["planted"]).round(3).to_string())


if __name__ == "__main__":
    main()
