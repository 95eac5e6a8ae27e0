"""The hooks run in an order in which a refused run leaves no trace."""

from kedro.framework.hooks.manager import _create_hook_manager

from kedro_sweep.hooks import HOOKS
from kedro_sweep.hooks._input_hooks import InputHooks, ParameterHooks
from kedro_sweep.hooks._run_hooks import ProgressHooks, RunLockHooks, StopHooks
from kedro_sweep.tracking import RecordHooks


def test_a_run_is_locked_before_any_check_and_recorded_after_all() -> None:
    manager = _create_hook_manager()
    for hooks in HOOKS:
        manager.register(hooks)
    calls = [type(call.plugin) for call in reversed(manager.hook.before_pipeline_run.get_hookimpls())]
    assert calls[0] is RunLockHooks
    assert calls[-2:] == [ProgressHooks, RecordHooks]
    assert set(calls[:-2]) == {RunLockHooks, ParameterHooks, InputHooks, StopHooks}
