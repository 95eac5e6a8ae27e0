"""What the library adds to every run: checks before the first node, one run at a time, clear errors.

`HOOKS` are all hooks of the library, for `settings.py`.
"""

from kedro_sweep.hooks._error_hooks import MessageHooks, explain, show_error
from kedro_sweep.hooks._input_hooks import InputHooks, ParameterHooks, load_training
from kedro_sweep.hooks._postponed_imports import postpone_imports
from kedro_sweep.hooks._run_hooks import ProgressHooks, RunLockHooks, StopHooks
from kedro_sweep.tracking import RecordHooks, TrackerHooks

postpone_imports()

# Kedro calls the last one first, so a run is recorded and tracked only after all checks.
HOOKS = (
    RecordHooks(),
    ProgressHooks(),
    TrackerHooks(),
    InputHooks(),
    StopHooks(),
    ParameterHooks(),
    MessageHooks(),
    RunLockHooks(),
)

__all__ = ["HOOKS"]
