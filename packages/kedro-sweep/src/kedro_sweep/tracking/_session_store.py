"""A record of every run: when it ran, from which commit, by which command, with which parameters."""

import json
import logging
import sqlite3
import subprocess
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from time import monotonic
from typing import Any, ClassVar
from weakref import WeakValueDictionary

from kedro.framework.hooks import hook_impl
from kedro.framework.project import pipelines, settings
from kedro.framework.session.session import _describe_git
from kedro.framework.session.store import BaseSessionStore

from kedro_sweep.errors import InputError
from kedro_sweep.parameters import FILES, MOVED, reads
from kedro_sweep.redaction import redact

logger = logging.getLogger(__name__)

FILE_NAME = "session_store.db"

# The same schema as in Kedro-Viz's experiment tracking, so either may create the table.
_SCHEMA = "CREATE TABLE IF NOT EXISTS runs (id VARCHAR NOT NULL, blob JSON, PRIMARY KEY (id))"
_UPSERT = "INSERT INTO runs (id, blob) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET blob = excluded.blob"


class SessionStore(BaseSessionStore):
    """Keeps one row per run in an SQLite file, in the schema that Kedro-Viz's tracking page reads.

    A record is written just before the first node starts, so that even a run that is killed is listed.
    It is written again when the run has ended, with its error if there was one. Sessions that run
    nothing (a notebook, `kedro viz`, `kedro catalog`) leave no record.

    Example `settings.py`::

        SESSION_STORE_CLASS = SessionStore
        SESSION_STORE_ARGS = {"path": "data/09_tracking"}
        HOOKS = (RecordHooks(),)
    """

    open_stores: ClassVar[WeakValueDictionary[str, "SessionStore"]] = WeakValueDictionary()

    def __init__(self, path: str, session_id: str, timeout: float = 5.0) -> None:
        """Set up the location.

        Args:
            path: Folder of the file, relative to the project unless it is absolute.
            session_id: Identifies the run, and the versions of the datasets that it saves.
            timeout: How long to wait while another run writes, in seconds.
        """
        super().__init__(path, session_id)
        self._timeout = timeout
        self._is_run = False
        self._start = monotonic()
        self.open_stores[session_id] = self

    @property
    def location(self) -> Path:
        """The SQLite file."""
        return Path(self.get("project_path", "."), self._path, FILE_NAME)

    @property
    def seconds(self) -> int:
        """Since the run started."""
        return round(monotonic() - self._start)

    def record_run(self, run_params: dict[str, Any]) -> None:
        """Write the record of a run that is about to start."""
        self._is_run = True
        self["finished"] = False
        self["env"] = run_params["env"] or settings.CONFIG_LOADER_ARGS.get("default_run_env")
        if git := self.get("git"):
            command = ["git", "branch", "--show-current"]  # prints nothing for a commit without a branch
            done = subprocess.run(command, cwd=self["project_path"], capture_output=True, check=False)
            git["branch"] = done.stdout.decode(errors="replace").strip()
        self.save()

    def save(self) -> None:
        """Write the record if the session runs a pipeline. An error here never fails the run."""
        if not self._is_run:
            return
        # Kedro-Viz expects a JSON string that contains JSON.
        blob = json.dumps(json.dumps(redact(self.data), default=str))
        try:
            self.location.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self.location, timeout=self._timeout)) as database, database:
                database.execute(_SCHEMA)
                database.execute(_UPSERT, (self._session_id, blob))
        except (sqlite3.Error, OSError) as error:
            logger.warning(
                "Run %s is not recorded in %s: %s. The run continues. If the file is damaged, move it "
                "away: the next run creates a new one.",
                self._session_id,
                self.location,
                error,
            )


class RecordHooks:
    """Tells the session store that its session runs a pipeline, because Kedro itself does not.

    The sessions of `kedro server` run many pipelines and have no store, so each run gets its own.
    """

    def __init__(self) -> None:
        self._stores: dict[str, SessionStore] = {}

    @hook_impl(trylast=True)  # so that a run that another hook refuses is not recorded
    def before_pipeline_run(self, run_params: dict[str, Any]) -> None:
        run_id = run_params["run_id"]
        if "session_id" in run_params and issubclass(settings.SESSION_STORE_CLASS, SessionStore):
            known = {name: run_params[name] for name in ("project_path", "runtime_params")}
            git = _describe_git(Path(known["project_path"]))
            store = settings.SESSION_STORE_CLASS(**settings.SESSION_STORE_ARGS | {"session_id": run_id})
            store.update(session_id=run_id, **known, **git)
            self._stores[run_id] = store
        if opened := SessionStore.open_stores.get(run_id):
            opened.record_run(run_params)

    @hook_impl
    def after_pipeline_run(self, run_params: dict[str, Any]) -> None:
        if store := SessionStore.open_stores.get(run_params["run_id"]):
            store.update(finished=True, seconds=store.seconds)
            store.save()
        self._stores.pop(run_params["run_id"], None)

    @hook_impl
    def on_pipeline_error(self, error: Exception, run_params: dict[str, Any]) -> None:
        """Record the error of a run whose session has no store; other sessions do it themselves."""
        if store := self._stores.pop(run_params["run_id"], None):
            kind = type(error)
            module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
            store["exception"] = {"type": module + kind.__qualname__, "value": str(error)}
            store.save()


def find_command(run_id: str) -> str:
    """Find the command that started a run of this process."""
    store = SessionStore.open_stores.get(run_id)
    return str(redact(store.get("cli", {}).get("command_path", ""))) if store is not None else ""


def read_sessions(location: Path) -> dict[str, dict[str, Any]]:
    """Read all records."""
    if not location.exists():
        return {}
    try:
        with closing(sqlite3.connect(f"{location.absolute().as_uri()}?mode=ro", uri=True)) as database:
            # As text, one damaged value would make all of them unreadable.
            database.text_factory = bytes
            rows = database.execute("SELECT id, blob FROM runs").fetchall()
    except sqlite3.Error as error:
        logger.warning("Cannot read the records of past runs in %s: %s.", location, error)
        return {}
    sessions = {}
    for key, blob in rows:
        run_id = bytes(key).decode(errors="replace")
        try:
            sessions[run_id] = parse_record(json.loads(blob))
        except (ValueError, TypeError, RecursionError) as error:
            logger.warning("Skipped the record of run %s, which is damaged: %s", run_id, error)
    return sessions


def parse_record(text: str) -> dict[str, Any]:
    """Parse what a run has recorded."""
    record: dict[str, Any] = json.loads(text)
    if not isinstance(record, dict):
        raise ValueError(f"it holds {record!r} instead of a dictionary")
    if "\\ud" in text:
        # Python reads a path that is not valid in its locale as surrogates, which no table can hold.
        plain = json.dumps(record, ensure_ascii=False)
        record = json.loads(plain.encode(errors="surrogateescape").decode(errors="replace"))
    return record


def check_places(names: Iterable[str]) -> None:
    """Check that no parameter is where older versions had it, unless a node of the project reads it."""
    moved = [name for name in names if name in MOVED]
    if moved:  # else the pipelines need not be loaded
        read = {name for pipeline in pipelines.values() for name in pipeline.inputs()}
        moved = [name for name in moved if not reads(read, f"params:{name}")]
    if moved:
        places = ", ".join(f"{name} is now {MOVED[name]}.{name}" for name in moved)
        files = " and ".join(FILES[group] for group in dict.fromkeys(map(MOVED.__getitem__, moved)))
        raise InputError(
            f"{places}: write {'it' if len(moved) == 1 else 'them'} there, in the {files} of the "
            "environment, or in --params."
        )
