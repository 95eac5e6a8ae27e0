"""`kedro-sweep demo`: search the example in a temporary folder, and open its report."""

import logging
from pathlib import Path

import click

WINES = Path(__file__).with_name("wines.csv")
# The model that a new project searches, without what would take more than a few seconds.
SWEEP = {"untuned_boosting": False, "model": {"class": "sklearn.ensemble.RandomForestClassifier"}}
N_TRIALS = 30


@click.group()
def main() -> None:
    """Search hyperparameters without a Kedro project."""


@main.command()
@click.option("--browser/--no-browser", default=True, show_default=True, help="Open the report.")
def demo(browser: bool) -> None:
    """Search a forest for the quality of red wines, and open the report."""
    from kedro_sweep.notebook import tune  # noqa: PLC0415  # slow to import
    from kedro_sweep.search.recommended import EXAMPLE  # noqa: PLC0415
    from kedro_sweep.text import estimate  # noqa: PLC0415

    logging.getLogger("kedro_sweep").setLevel(logging.ERROR)  # the report has it all
    click.echo(f"Searching a random forest for the quality of red wines: {N_TRIALS} trials.")
    sweep = SWEEP | {"search_space": EXAMPLE}
    result = tune(WINES, "quality", models=None, n_trials=N_TRIALS, n_jobs=-1, sweep=sweep)
    report = result.report(browser=browser)
    if score := result.corrected_score:
        click.echo(f"{result.summary.scoring} on new wines: {estimate(*score)}")
    click.echo(f"{result.verdict}\nThe report: {report}")
    click.echo("For your own table, in Python: kedro_sweep.tune('table.csv', target='column')")
