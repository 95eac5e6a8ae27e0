"""The command that tells whether more rows would help."""

from typing import TYPE_CHECKING, Any

import click

from kedro_sweep.cli._pages import env_option, load_catalog, params_option
from kedro_sweep.progress import tell_progress

if TYPE_CHECKING:
    from kedro.framework.startup import ProjectMetadata

SHARE = click.FloatRange(0, 1, min_open=True, max_open=True)


@click.command()
@click.option(
    "--shares",
    default="0.125,0.25,0.5",
    show_default=True,
    callback=lambda context, option, text: [SHARE(part, option, context) for part in text.split(",")],
    help="Shares of the training rows of each fold to train on, besides all of them.",
)
@env_option
@params_option
@click.pass_obj
def learning_curve(
    project: "ProjectMetadata", shares: list[float], env: str | None, params: dict[str, Any]
) -> None:
    """Tell whether more rows would help, by training the model of the last run on fewer."""
    from kedro_sweep.evaluation import make_model
    from kedro_sweep.evaluation.learning_curve import measure_learning_curve
    from kedro_sweep.hooks import load_training
    from kedro_sweep.search import configure_candidates, log_warnings
    from kedro_sweep.text import estimate, number

    catalog = load_catalog(project, env, params)
    if not all(map(catalog.exists, ("members", "sweep_summary"))):
        raise click.ClickException("There is no model yet: `kedro run` searches and trains one.")
    train, preparation, data, sweep = load_training(catalog, catalog.load("sweep_summary"))
    first = next(iter(configure_candidates(train, preparation, data, sweep, explain=False).values()))
    model = make_model(catalog.load("members"), first.X, data, sweep)
    with log_warnings(), tell_progress("Training on fewer rows for {:.0f} s".format):
        table, gain = measure_learning_curve(first, model, shares)
    click.echo(f"{'training rows':>13}{'score':>12}{'standard error':>16}")
    for rows, score, error in table.itertuples(index=False):
        click.echo(f"{rows:13,}{number(score):>12}{number(error, width=error):>16}")
    fewer, most = table["rows"].iloc[-2:]
    help_ = "more rows would help" if gain.low > 0 else "no clear gain, so more rows may not help"
    change = f"{first.scoring} improves by {estimate(*gain)}"
    click.echo(f"From {fewer:,} to {most:,} training rows, {change}: {help_}.")
