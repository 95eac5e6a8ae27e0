"""The simulation of copies meets the targets that were fixed before it."""

import pandas as pd
from benchmarks.copies import CONTINUOUS, FAMILIES, LIMIT, simulate


def test_coincidences_stay_and_copies_are_found() -> None:
    tables = pd.DataFrame(simulate(range(10)))
    without, planted = tables[tables["planted"] == 0], tables[tables["planted"] > 0]
    assert len(without) == 10 * len(FAMILIES)
    assert (without["lost"] > LIMIT * without["rows"]).mean() <= 0.05
    sums = planted.groupby("family")[["planted", "found"]].sum()
    assert set(sums.index) == {*CONTINUOUS}
    assert (sums["found"] >= 0.95 * sums["planted"])[["continuous", "measured"]].all()
