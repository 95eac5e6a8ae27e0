"""The metrics of each run."""

from math import isfinite
from numbers import Real

from kedro.io import DatasetError

from kedro_sweep.tracking.json_dataset import JSONDataset


class MetricsDataset(JSONDataset):
    """Keep the metrics of each run, as a version: numbers by name, nothing else."""

    def save(self, data: dict[str, float]) -> None:
        """Write the metrics of this run; a value that is no finite number is an error."""
        wrong = {
            name: value
            for name, value in data.items()
            # JSON has no NaN, and Kedro-Viz cannot read a file with one.
            if not isinstance(value, Real) or isinstance(value, bool) or not isfinite(value)
        }
        if wrong:
            raise DatasetError(
                f"MetricsDataset only keeps numbers, and {wrong} are not: "
                "leave them out, or save them as text in a tracking JSONDataset."
            )
        super().save(data)
