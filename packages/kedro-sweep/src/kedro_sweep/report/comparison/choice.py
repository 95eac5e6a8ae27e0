"""The run whose model predicts, and a comparable run with a better corrected score."""

from collections.abc import Collection

import pandas as pd

from kedro_sweep.report.comparison.groups import group_runs
from kedro_sweep.report.comparison.runs import read_runs
from kedro_sweep.report.comparison.scores import CORRECTED
from kedro_sweep.report.comparison.text import show_score
from kedro_sweep.report.comparison.values import find_summary


def describe_choice(
    tracked_runs: pd.DataFrame, chosen: str, versions: Collection[str]
) -> tuple[str, str, str]:
    """Describe a model by its run, and find the best comparable one.

    Args:
        tracked_runs: The runs as `RunsDataset` loads them.
        chosen: Version of the model, which is the ID of the run that trained it.
        versions: Versions of all models that there are.

    Returns:
        The model with its corrected score, such as `Ridge, corrected r2 0.7430`; then the version and
        the description of the comparable model with the best corrected score, if it is a better one.
        What is not known is empty.
    """
    for group in group_runs(read_runs(tracked_runs)):
        runs = {run.id: run for run in group.runs if run.id in versions}
        if chosen not in runs:
            continue
        values = {
            version: found.value
            for version, run in runs.items()
            if (found := find_summary(run, CORRECTED))
        }
        if chosen not in values:
            return runs[chosen].model_name, "", ""
        shown = {
            version: f"{runs[version].model_name}, {CORRECTED} {group.score_name} {show_score(value)}"
            for version, value in values.items()
        }
        best = (min if group.lower_is_better else max)(values, key=values.__getitem__)
        is_better = show_score(values[best]) != show_score(values[chosen])
        return (shown[chosen], best, shown[best]) if is_better else (shown[chosen], "", "")
    return "", "", ""
