"""What the library adds to every run: checks before the first node, one run at a time, clear errors.

`HOOKS` are all hooks of the library, for `settings.py`.
"""

from kedro_sweep.hooks.error_hooks import ErrorHooks
from kedro_sweep.hooks.input_hooks import InputHooks
from kedro_sweep.hooks.logging_hooks import LoggingHooks
from kedro_sweep.hooks.parameter_hooks import ParameterHooks
from kedro_sweep.hooks.run_lock import RunLockHooks
from kedro_sweep.hooks.stop_hooks import StopHooks
from kedro_sweep.tracking import RecordHooks, TrackerHooks

# Kedro calls the last one first, so a run is recorded and tracked only after all checks.
HOOKS = (
    RecordHooks(),
    TrackerHooks(),
    InputHooks(),
    StopHooks(),
    ParameterHooks(),
    ErrorHooks(),
    LoggingHooks(),
    RunLockHooks(),
)

__all__ = ["HOOKS"]
