"""Equal rows are copies only if chance does not explain them.

The simulations below fix what that means: in at least 95% of tables without copies, at most 1% of the
rows may count as copies; of copies in tables with a continuous column, at least 95% must be found.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from kedro_sweep.tables.duplicates import find_repeated

Random = np.random.Generator
Make = Callable[[Random, int], pd.DataFrame]
N_TABLES = 20


def make_categories(random: Random, n: int) -> pd.DataFrame:
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
    answers = 0.9 * random.normal(size=(n, 1)) + 0.6 * random.normal(size=(n, random.integers(4, 12)))
    return pd.DataFrame(np.digitize(answers, [-1.5, -0.5, 0.5, 1.5]))


@pytest.mark.parametrize(
    "make",
    [
        make_categories,
        make_latent_classes,
        make_passengers,
        make_rounded,
        make_sparse,
        make_orders,
        make_survey,
    ],
)
def test_coincidences_are_no_copies(make: Make) -> None:
    shares, n_equal = [], 0.0
    for seed in range(N_TABLES):
        random = np.random.default_rng(seed)
        table = make(random, int(random.choice([150, 500, 1500])))
        shares.append(find_repeated(table, unless_chance=True).mean())
        n_equal += table.duplicated().sum()
    assert n_equal > 10 * N_TABLES  # there is something to tell apart
    assert np.mean(np.array(shares) > 0.01) <= 0.05


def make_continuous(random: Random, n: int) -> pd.DataFrame:
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


@pytest.mark.parametrize("make", [make_continuous, make_measured])
def test_copies_among_continuous_columns_are_found(make: Make) -> None:
    found, n_copies = 0.0, 0.0
    for seed in range(N_TABLES):
        random = np.random.default_rng(seed)
        table = make(random, int(random.choice([150, 500, 1500])))
        chosen = random.choice(len(table), max(1, int(random.choice([0.01, 0.05, 0.3]) * len(table))))
        copied = pd.concat([table, table.iloc[chosen]]).sample(frac=1, random_state=seed)
        found += find_repeated(copied, unless_chance=True).sum()
        n_copies += copied.duplicated().sum()
    assert found >= 0.95 * n_copies


def test_a_copy_is_found_in_a_table_with_coincidences() -> None:
    random = np.random.default_rng(0)
    table = make_passengers(random, 1500).assign(fare=random.choice([7.75, 8.05, 13.0], 1500))
    rare = random.random(1500) < 0.5
    table.loc[rare, "fare"] = random.lognormal(3, 1, rare.sum())
    copied = pd.concat([table, table[rare].head(30)], ignore_index=True)
    copies = np.flatnonzero(find_repeated(copied, unless_chance=True))
    assert table.duplicated().sum() > 200
    assert copies.tolist() == list(range(1500, 1530))


@pytest.mark.parametrize("times", [2, 3])
def test_a_table_that_was_appended_to_itself_is_found_whatever_it_holds(times: int) -> None:
    table = make_passengers(np.random.default_rng(0), 500)
    copies = find_repeated(pd.concat([table] * times), unless_chance=True)
    assert table.duplicated().sum() > 100
    assert copies.sum() == (times - 1) * 500


@pytest.mark.parametrize(("share", "times"), [(0.6, 2), (0.8, 2), (0.95, 2), (0.8, 3)])
def test_a_table_that_was_partly_appended_to_itself_is_found(share: float, times: int) -> None:
    table = make_continuous(np.random.default_rng(0), 500)
    part = table.sample(frac=share, random_state=0)
    copies = find_repeated(pd.concat([table, *[part] * (times - 1)]), unless_chance=True)
    assert copies.sum() == (times - 1) * len(part)


def test_conditions_that_were_measured_twice_are_no_copies() -> None:
    conditions = pd.DataFrame(np.repeat(np.indices((4, 4, 4)).reshape(3, -1).T, 2, axis=0))
    table = conditions.assign(y=np.random.default_rng(0).random(len(conditions)) < 0.1)
    assert table.duplicated().sum() > 40
    assert not find_repeated(table, unless_chance=True).any()


def test_a_single_feature_that_explains_the_target_is_not_taken_for_copies() -> None:
    age = np.random.default_rng(0).integers(0, 40, 600)
    assert not find_repeated(pd.DataFrame({"age": age, "y": age >= 18}), unless_chance=True).any()


def test_the_answer_does_not_depend_on_the_order_of_columns_or_their_types() -> None:
    random = np.random.default_rng(0)
    table = make_measured(random, 500)
    copied = pd.concat([table, table.head(20)])
    expected = find_repeated(copied, unless_chance=True)
    assert expected.sum() == 20
    assert (
        find_repeated(copied[copied.columns[::-1]].astype(str), unless_chance=True) == expected
    ).all()
