"""What the library adds to every run: checks across parameters, and short errors."""

from kedro_sweep.hooks.error_hooks import ErrorHooks
from kedro_sweep.hooks.parameter_hooks import ParameterHooks

__all__ = ["ErrorHooks", "ParameterHooks"]
