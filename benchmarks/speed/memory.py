"""How much memory more trials take."""

from benchmarks.speed.measure import measure_peak_memory
from benchmarks.speed.names import FEW, MANY
from benchmarks.speed.row import Row, at_most_times

CODE = """
import sys
from kedro_sweep.search import Model, SearchSpace
from benchmarks.speed.ways import FOREST, FOREST_SPACE, search_here
from benchmarks.wines import load_wine
model, space = Model.model_validate(FOREST), SearchSpace.model_validate(FOREST_SPACE)
search_here(*load_wine(), model, space, int(sys.argv[1]), 1)
"""


def bench_memory() -> list[Row]:
    """Measure the peak of few and many trials, once: it hardly varies.

    Returns:
        The row.
    """
    few, many = ([measure_peak_memory(CODE, str(n))] for n in (FEW, MANY))
    return [at_most_times(f"peak memory of {MANY:,} trials", f"{FEW} trials", many, few, 1.3, "MiB")]
