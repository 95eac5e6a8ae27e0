"""The record of every run, and the trackers that can follow it."""

from kedro_sweep.tracking.parameters import check_places, flatten_parameters, rename_moved
from kedro_sweep.tracking.session_store import RecordHooks, SessionStore
from kedro_sweep.tracking.tracker_hooks import RunLog, TrackerHooks

__all__ = [
    "RecordHooks",
    "RunLog",
    "SessionStore",
    "TrackerHooks",
    "check_places",
    "flatten_parameters",
    "rename_moved",
]
