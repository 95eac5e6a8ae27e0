"""`kedro sweep …`: use a table, report and compare runs, manage studies, predict, export, measure.

Kedro imports this package for every command, so it only imports click and what Kedro itself imports.
Each command imports the rest when it runs.
"""

import sys
from importlib import import_module
from typing import Any

import click

from kedro_sweep.cli import _export, _learning_curve, _models, _pages


def explain_errors() -> None:
    """Explain the errors of all commands of Kedro, even those before a run has its hooks."""
    sys.excepthook = lambda *error: import_module("kedro_sweep.hooks").show_error(*error)


class _Sweep(click.Group):
    """Ends a command with one message, without a traceback, if the user can fix the error."""

    def invoke(self, ctx: click.Context) -> Any:
        from kedro_sweep.startup import filter_logs

        filter_logs()  # not every command creates a context, which would do it
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit):
            raise
        except Exception as error:
            from kedro_sweep.hooks import explain

            if message := explain(error):
                raise click.ClickException(message) from error
            raise


@click.group(name="kedro-sweep")
def commands() -> None:
    """Hold the command group, as Kedro expects of a plugin."""


@commands.group(cls=_Sweep)
def sweep() -> None:
    """Use your own table, report and compare runs, manage studies, open dashboards, predict, export."""


_OF_MODELS = (_models.use, _models.studies, _models.predict, _models.rescore)
for _command in (*_OF_MODELS, _export.export, _learning_curve.learning_curve, *_pages.COMMANDS):
    sweep.add_command(_command)
