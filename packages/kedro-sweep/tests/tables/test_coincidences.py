"""Equal rows are copies only if chance does not explain them (simulated in `benchmarks/copies.py`)."""

import numpy as np
import pandas as pd
import pytest

from kedro_sweep.tables.duplicates import find_repeated

Random = np.random.Generator


def make_passengers(random: Random, n: int) -> pd.DataFrame:
    """Sex, class, age with gaps and survival, as of a ship."""
    male, grade = random.random(n) < 0.64, random.choice(3, n, p=[0.25, 0.2, 0.55])
    age = np.clip(random.normal(40 - 5 * grade, 13), 0, 80).round()
    survived = random.random(n) < 1 / (1 + np.exp(2.5 * male + 0.8 * grade - 2))
    age[random.random(n) < 0.2] = np.nan
    return pd.DataFrame({"male": male, "grade": grade, "age": age, "survived": survived})


def make_measured(random: Random, n: int) -> pd.DataFrame:
    """Measurements with one decimal."""
    p = random.integers(4, 10)
    table = pd.DataFrame(random.normal(size=(n, p)) @ random.normal(size=(p, p))).round(1)
    return table.assign(y=np.digitize(table[0], [-1, 0, 1]))


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
    table = make_measured(np.random.default_rng(0), 500)
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
