"""The trials of a search by another score, for the terminal."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from kedro_sweep import text
from kedro_sweep.evaluation import Rescored
from kedro_sweep.evaluation.estimates import Correction
from kedro_sweep.evaluation.metrics import find_metric
from kedro_sweep.search import Sweep
from kedro_sweep.search.settings import list_scorings

FILE = "conf/base/parameters_data_science.yml"


def show_rescored(
    found: Sequence[Rescored], correction: Correction, before: Sweep, after: Sweep, options: str = ""
) -> RenderableType:
    """Show each candidate by the score of `after`, and what to do next."""
    scoring, total, notes = list_scorings(after.scoring)[0], 0, []
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="dim")
    for name in ("candidate", "trials", "best", "chosen before", "best parameters"):
        is_number = name not in ("candidate", "best parameters")
        table.add_column(name, justify="right" if is_number else "left", overflow="fold")
    for each in found:
        if each.study is None:
            notes.append(f"{each.candidate} is left out. {each.reason}")
            continue
        n_trials = len(each.study.get_trials(deepcopy=False))
        total += n_trials
        values = map(text.number, (each.study.best_value, each.value_of_before))
        params = text.settings(each.study.best_params)
        table.add_row(Text(each.candidate, "bold"), f"{n_trials:,}", *values, Text(params))
        if not each.is_new:
            name = each.study.study_name
            remove = f"`kedro sweep studies --remove {name}`"
            notes.append(f"{name} had trials, so none was added. To score all again, {remove} first.")
    is_best = after.choose == "best" or not find_metric(scoring)
    single = "best" if is_best else f"{after.choose} of the best"
    what = "ensemble" if after.ensemble.size else single
    if correction.estimate:
        what = f"The {what}, corrected for the choice: {text.estimate(*correction.estimate)}"
    else:
        what = "There is no corrected value"
    notes.insert(0, f"{what}. {correction.note}".strip())
    changes = {"scoring": text.setting(after.scoring)}
    if after.direction != before.direction:
        changes["direction"] = after.direction
    if total >= after.n_trials:
        changes["n_trials"] = f"more than {total}, for trials that this score chooses"
    steps = [f"  sweep.{name}: {value}" for name, value in changes.items()]
    return Group(
        Text(f"By {scoring} ({after.direction}), from stored predictions, without training", "bold"),
        table,
        "",
        *(Text(f"• {note}") for note in notes),
        "",
        Text(f"Next: set in {FILE}", "bold"),
        *map(Text, steps),
        Text(f"and run: {f'kedro run {options}'.strip()}, which continues these trials", "bold"),
    )
