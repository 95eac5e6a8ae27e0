"""The trackers that can follow a run: which one does, and what nodes log to it."""

from typing import TYPE_CHECKING, Any, Protocol

from kedro.config import MissingConfigException
from kedro.framework.context import KedroContext
from kedro.framework.hooks import hook_impl
from kedro.utils import load_obj

from kedro_sweep.errors import InputError, find_install_command

if TYPE_CHECKING:  # slow to import, which Kedro would do for every command
    import optuna
    from optuna.trial import FrozenTrial

TRACKERS: dict[str, str] = {
    "mlflow": "kedro_sweep.tracking.mlflow.hooks.MlflowHooks",
    "neptune": "kedro_sweep.tracking.neptune.hooks.NeptuneHooks",
}


class RunLog(Protocol):
    """A tracker's record of the current run.

    Nodes get it as the input `neptune_run`, which is None if the run has no such tracker.
    """

    def __setitem__(self, path: str, value: Any) -> None:
        """Record a value."""

    def log_trials(self, study: "optuna.Study", trial: "FrozenTrial | None" = None) -> None:
        """Log the finished trials that are not logged yet, also as a callback of `run_search`."""

    def log_evaluation(self, part: str, metrics: dict[str, float], figure: Any) -> None:
        """Log metrics and a figure of one part of the table, `train` or `test`."""


class TrackerHooks:
    """Register the hooks of a tracker if the environment configures it, as conf/mlflow does.

    The settings disable the plugins' own hooks, which would act on every run as soon as they are
    installed. Without a configuration, no tracker is imported.
    """

    @hook_impl
    def after_context_created(self, context: KedroContext) -> None:
        """Look for the configuration of each tracker."""
        for name, path in TRACKERS.items():
            try:
                if not context.config_loader[name]:
                    continue
                hooks_class = load_obj(path)
            except MissingConfigException:
                continue
            except ModuleNotFoundError as error:
                raise InputError(
                    f"The environment '{context.env}' tracks runs with {name}, which is not installed "
                    f"({error}): run `{find_install_command(name)}`, or choose another --env."
                ) from error
            # A notebook's session creates its context once at the start and again when it runs.
            if any(type(plugin) is hooks_class for plugin in context._hook_manager.get_plugins()):
                continue
            hooks = hooks_class()
            context._hook_manager.register(hooks)
            # Kedro is already calling this hook, so it will not call the new one.
            hooks.after_context_created(context)
