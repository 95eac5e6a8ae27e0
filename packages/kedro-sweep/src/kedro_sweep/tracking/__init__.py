"""The record of every run, and the trackers that can follow it."""

from kedro_sweep.tracking._session_store import (
    FILE_NAME,
    RecordHooks,
    SessionStore,
    check_places,
    parse_record,
    read_sessions,
)
from kedro_sweep.tracking.tracker_hooks import RunLog, TrackerHooks

__all__ = ["RecordHooks", "RunLog", "SessionStore", "TrackerHooks"]
