"""Eight tables of different kinds, like those of users; fixed before anything was tuned on them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.random import Generator
from sklearn.datasets import load_breast_cancer, load_diabetes, make_classification


@dataclass(frozen=True)
class Table:
    """How a table is made, and what a user would say about it.

    Attributes:
        make: Makes the raw table, with columns in the order of a file.
        target: The column to predict.
        split: How rows are separated, as in parameters.yml.
        task: `classification` or `regression`.
    """

    make: Callable[[Generator], pd.DataFrame]
    target: str
    task: Literal["classification", "regression"]
    split: dict[str, Any] = field(default_factory=lambda: {"kind": "random", "column": None})


WORDS = ["acid", "bright", "dull", "dusty", "fruity", "heavy", "light", "oaky", "smooth", "sour", "thin"]


def make_reviews(random: Generator) -> pd.DataFrame:
    """Make reviews of wines, whose words and country predict the grade (text, three classes)."""
    n = 900
    notes = [" ".join(random.choice(WORDS, random.integers(3, 7))) for _ in range(n)]
    country = random.choice(["Chile", "France", "Italy", "Spain"], n, p=[0.1, 0.4, 0.3, 0.2])
    likes = np.array(
        [note.count("fruity") + note.count("smooth") - note.count("sour") for note in notes]
    )
    score = likes + 0.7 * (country == "Italy") + random.normal(0, 0.7, n)
    grade = pd.cut(score, [-np.inf, 0, 1, np.inf], labels=["C", "B", "A"]).astype(str)
    return pd.DataFrame(
        {
            "review_id": [f"R{number:05d}" for number in range(n)],
            "note": notes,
            "country": country,
            "price": random.gamma(4, 5, n).round(2),
            "grade": grade,
        }
    )


def make_rentals(random: Generator) -> pd.DataFrame:
    """Make bicycle rentals, whose date predicts the demand (dates, three classes)."""
    n = 900
    day = pd.Timestamp("2023-01-01") + pd.to_timedelta(random.integers(0, 730, n), unit="D")
    warmth = 12 - 10 * np.cos(2 * np.pi * day.day_of_year / 365) + random.normal(0, 3, n)
    demand = warmth + 5 * (day.day_of_week >= 5) + random.normal(0, 3, n)
    return pd.DataFrame(
        {
            "day": day.strftime("%Y-%m-%d"),
            "wind": random.gamma(2, 4, n).round(1),
            "rain": random.choice([True, False], n, p=[0.3, 0.7]),
            "demand": pd.cut(demand, [-np.inf, 8, 18, np.inf], labels=["low", "middle", "high"]).astype(
                str
            ),
        }
    )


def make_gappy_cancer(random: Generator) -> pd.DataFrame:
    """Take the Wisconsin breast cancer table, without a fifth of its values (two classes)."""
    table = load_breast_cancer(as_frame=True).frame
    features = table.drop(columns="target")
    gappy: pd.DataFrame = features.mask(random.random(features.shape) < 0.2)
    return gappy.assign(target=table["target"])


def make_patients(random: Generator) -> pd.DataFrame:
    """Make eight visits per patient, with levels that differ between patients (groups, two classes)."""
    patients, visits = 110, 8
    n = patients * visits
    patient = np.repeat(np.arange(patients), visits)
    risk, level = random.normal(size=patients)[patient], random.normal(size=(patients, 3))[patient]
    marker = risk + random.normal(0, 0.8, n)
    pulse = 70 + 6 * risk + 8 * level[:, 0] + random.normal(0, 3, n)
    relapse = risk + 0.5 * level[:, 1] + random.normal(0, 0.7, n) > 0.3
    return pd.DataFrame(
        {
            "patient": [f"P{number:03d}" for number in patient],
            "visit": np.tile(np.arange(1, visits + 1), patients),
            "marker": marker.round(2),
            "pulse": pulse.round(),
            "weight": (75 + 12 * level[:, 2] + random.normal(0, 1, n)).round(1),
            "relapse": np.where(relapse, "yes", "no"),
        }
    )


def make_sales(random: Generator) -> pd.DataFrame:
    """Make three years of sales with seasons and a slow drift (time order, a number to predict)."""
    day = pd.date_range("2022-01-01", periods=1000, freq="D")
    season = 20 * np.sin(2 * np.pi * day.day_of_year / 365) + 15 * (day.day_of_week >= 5)
    price = random.normal(10, 1, len(day)).round(2)
    promotion = random.random(len(day)) < 0.15
    units = 100 + season - 6 * (price - 10) + 25 * promotion + random.normal(0, 6, len(day))
    return pd.DataFrame(
        {
            "day": day.strftime("%Y-%m-%d"),
            "weekday": day.day_name(),
            "month": day.month,
            "price": price,
            "promotion": promotion,
            "units": (units + 0.01 * np.arange(len(day))).round(1),
        }
    )


def take_diabetes(random: Generator) -> pd.DataFrame:
    """Take the diabetes table, with its rows in another order (a number to predict)."""
    table: pd.DataFrame = load_diabetes(as_frame=True, scaled=False).frame
    return table.iloc[random.permutation(len(table))].reset_index(drop=True)


def make_churn(random: Generator) -> pd.DataFrame:
    """Make customers, some of whom leave (categories, missing values, two classes as text)."""
    n = 1000
    contract = random.choice(["monthly", "yearly", "two years"], n, p=[0.5, 0.3, 0.2])
    payment = random.choice(["card", "invoice", "transfer"], n)
    tenure = random.gamma(2, 12, n).round()
    charge = random.normal(60, 20, n).clip(15).round(2)
    score = 1.3 * (contract == "monthly") - 0.04 * tenure + 0.02 * (charge - 60)
    churn = score + 0.5 * (payment == "invoice") + random.logistic(0, 0.6, n) > 0.2
    table = pd.DataFrame(
        {
            "customer_id": random.permutation(n) + 10_000,
            "contract": contract,
            "payment": payment,
            "tenure": tenure,
            "charge": charge,
            "churn": np.where(churn, "yes", "no"),
        }
    )
    for name in ("payment", "tenure", "charge"):
        table[name] = table[name].mask(random.random(n) < 0.1)
    return table


def make_wide(random: Generator) -> pd.DataFrame:
    """Make few rows of many numbers, few of which matter (wide, three classes)."""
    X, y = make_classification(
        400,
        200,
        n_informative=12,
        n_redundant=8,
        n_classes=3,
        class_sep=1.5,
        random_state=int(random.integers(2**31)),
    )
    return (
        pd.DataFrame(X.round(3)).rename(columns="x{}".format).assign(kind=np.array(["a", "b", "c"])[y])
    )


def make_listings(random: Generator) -> pd.DataFrame:
    """Make 2,000 apartments with two texts and a date, to measure the speed (two classes)."""
    n = 2000
    words = np.array(
        ["balcony", "bright", "garden", "kitchen", "new", "old", "quiet", "renovated", "view"]
    )
    title = [" ".join(random.choice(words, 4)) for _ in range(n)]
    street = [
        f"{name} {number}"
        for name, number in zip(
            random.choice(["Elm Street", "High Street", "Lake Road", "Mill Lane"], n),
            random.integers(1, 200, n),
            strict=True,
        )
    ]
    listed = pd.Timestamp("2022-01-01") + pd.to_timedelta(random.integers(0, 1000, n), unit="D")
    size = random.gamma(6, 12, n).round()
    score = 0.03 * (size - 70) + np.array(["garden" in text for text in title]) + (listed.month > 6)
    sold = score + random.logistic(0, 0.7, n) > 0.8
    return pd.DataFrame(
        {
            "title": title,
            "street": street,
            "listed": listed,
            "size": size,
            "rooms": (size / 25).round(),
            "sold": np.where(sold, "yes", "no"),
        }
    )


TABLES = {
    "text": Table(make_reviews, "grade", "classification"),
    "dates": Table(make_rentals, "demand", "classification"),
    "gaps": Table(make_gappy_cancer, "target", "classification"),
    "groups": Table(make_patients, "relapse", "classification", {"kind": "group", "column": "patient"}),
    "time": Table(make_sales, "units", "regression", {"kind": "time", "column": "day"}),
    "regression": Table(take_diabetes, "target", "regression"),
    "churn": Table(make_churn, "churn", "classification"),
    "wide": Table(make_wide, "kind", "classification"),
}
