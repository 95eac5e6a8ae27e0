"""A journal file for Optuna that survives a killed process and adds little time per trial."""

import hashlib
import json
import os
from collections.abc import Generator, Iterator
from contextlib import AbstractContextManager, nullcontext
from itertools import takewhile
from pathlib import Path
from typing import Any, BinaryIO

from filelock import FileLock, Timeout, lock_descriptor
from optuna.storages import BaseStorage, JournalStorage
from optuna.storages.journal import JournalFileBackend

from kedro_sweep.errors import InputError


class SweepJournalBackend(JournalFileBackend):
    """Append trials to one file, safe against `kill -9` at any moment.

    Unlike with Optuna's own file backend, locks end with a killed process, and a line that it left
    unfinished is removed before the next one is written. A write returns once the kernel has the line,
    which then survives the process, and does not wait for the disk, so a power failure may lose the last
    seconds of a sweep.
    """

    def __init__(self, path: str) -> None:
        """Raise an `InputError` if the last line is damaged."""
        path = os.path.realpath(path)
        super().__init__(path)
        self._locks = Path(f"{path}.locks")
        self._locks.mkdir(exist_ok=True)
        # Optuna does not read the last complete line until another one follows it.
        number, line = [(0, b"{}"), *enumerate(self.read_lines(), start=1)][-1]
        try:
            json.loads(line)
        except ValueError as error:
            raise self._explain_damage(number) from error

    def __reduce__(self) -> tuple[type, tuple[str]]:
        return SweepJournalBackend, (self._file_path,)

    def read_logs(self, log_number_from: int) -> Generator[dict[str, Any], None, None]:
        """Yield the changes from a line on, numbered from 0; raise an `InputError` at a damaged line."""
        number = log_number_from
        try:
            for log in super().read_logs(log_number_from):
                number += 1
                yield log
        except ValueError as error:
            raise self._explain_damage(number + 1) from error

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        lines = "".join(json.dumps(log, separators=(",", ":")) + "\n" for log in logs).encode()
        # Closing the first file releases its lock. A `FileLock` would add a millisecond per trial.
        with open(self._locks / "append", "ab") as held, open(self._file_path, "r+b") as file:
            lock_descriptor(held.fileno(), poll_interval=0.001)
            _seek_end_of_last_line(file)
            file.write(lines)

    def read_lines(self) -> Iterator[bytes]:
        """The complete lines, each with its line break."""
        with open(self._file_path, "rb") as file:
            # What follows a line that is being written may be the rest of it.
            yield from takewhile(lambda line: line.endswith(b"\n"), file)

    def find_lock(self, study_name: str) -> Path:
        return self._locks / hashlib.sha256(study_name.encode()).hexdigest()[:16]

    def _explain_damage(self, number: int) -> InputError:
        return InputError(
            f"Line {number} of {self._file_path} is damaged. Make a copy of the file. Then keep only "
            f"the lines before it (`head -n {number - 1}`), which loses what was recorded later, or "
            "move the file away to start new studies."
        )


def _seek_end_of_last_line(file: BinaryIO) -> None:
    """Go to the end of the file, and remove an unfinished last line."""
    end = file.seek(0, os.SEEK_END)
    file.seek(max(0, end - 1))
    if file.read() not in (b"", b"\n"):
        file.seek(0)
        end = file.truncate(file.read().rfind(b"\n") + 1)
    file.seek(end)


def open_journal(path: str) -> JournalStorage:
    """Open the journal, or create it.

    Args:
        path: The journal's file, in an existing folder.

    Returns:
        An Optuna storage that any number of processes on this machine can share.

    Raises:
        InputError: If a line is damaged.
    """
    return JournalStorage(SweepJournalBackend(path))


def find_journal(storage: BaseStorage) -> SweepJournalBackend | None:
    backend = getattr(storage, "_backend", None)
    return backend if isinstance(backend, SweepJournalBackend) else None


def hold_study(storage: BaseStorage, name: str) -> AbstractContextManager[object]:
    """Hold a study in a journal against other searches; raise an `InputError` if one holds it."""
    if (journal := find_journal(storage)) is None:
        return nullcontext()
    try:
        return FileLock(journal.find_lock(name), blocking=False).acquire()
    except Timeout as error:
        raise InputError(
            f"Study {name} is being searched by another run: wait until it has ended, or stop it."
        ) from error
