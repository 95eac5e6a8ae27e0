"""A journal file for Optuna that survives a killed process and adds little time per trial."""

import fcntl
import hashlib
import json
import os
import shutil
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO
from weakref import finalize

from optuna.storages import BaseStorage, JournalStorage
from optuna.storages.journal import JournalFileBackend

from kedro_sweep.errors import InputError

REWIND_STEP = 4096


class SweepJournalBackend(JournalFileBackend):
    """Append trials to one file, safe against `kill -9` at any moment.

    It differs from Optuna's own file backend in four ways. The lock is a kernel lock: it ends with a
    killed process instead of blocking the next run for half a minute. If a killed process left the last
    line unfinished, that line is removed before the next one is written. A write returns once the
    kernel has the line, which then survives the process, and does not wait for the disk, so a power
    failure may lose the last seconds of a sweep. And while a journal is open, no other process can
    remove studies from it.
    """

    def __init__(self, path: str) -> None:
        """Open the file, or create it.

        Args:
            path: The journal's file, in an existing folder.

        Raises:
            InputError: If the last line is damaged.
        """
        path = os.path.realpath(path)
        self._hold(path)
        super().__init__(path)
        self._check_last_line()

    def __getstate__(self) -> dict[str, Any]:
        """Drop the file descriptor, which is meaningless in another process."""
        return {name: value for name, value in self.__dict__.items() if name != "_descriptor"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Open the journal again in the process that receives a copy."""
        self.__dict__.update(state)
        self._hold(self._file_path)

    def read_logs(self, log_number_from: int) -> Generator[dict[str, Any], None, None]:
        """Read the lines.

        Args:
            log_number_from: Number of the first line, from 0.

        Yields:
            One dictionary per line, each a change to a study or a trial.

        Raises:
            InputError: If a line is damaged.
        """
        number = log_number_from
        try:
            for log in super().read_logs(log_number_from):
                number += 1
                yield log
        except ValueError as error:
            raise self._explain_damage(number + 1) from error

    def append_logs(self, logs: list[dict[str, Any]]) -> None:
        """Write all lines or none.

        Args:
            logs: The changes, one dictionary per line.

        Raises:
            OSError: For example, if the disk is full. The file still ends with a complete line.
        """
        with self._locked() as file:
            _cut_unfinished_line(file)
            _write(file, _to_lines(logs))

    def replace_logs(self, logs: list[dict[str, Any]]) -> None:
        """Replace the file in one step, so that it stays complete even if the process is killed.

        Call it only within `open_alone`: other processes would continue from the end of the old file.

        Args:
            logs: All changes in the new file, one dictionary per line.
        """
        new = Path(f"{self._file_path}.new")
        try:
            with open(new, "wb") as file:
                file.write(_to_lines(logs))
                file.flush()
                os.fsync(file.fileno())
            shutil.copymode(self._file_path, new)
            os.replace(new, self._file_path)
        finally:
            new.unlink(missing_ok=True)

    def read_lines(self) -> Iterator[bytes]:
        """Yield the complete lines of the file, each with its line break."""
        with open(self._file_path, "rb") as file:
            yield from (line for line in file if line.endswith(b"\n"))

    def _check_last_line(self) -> None:
        """Check the last complete line, which Optuna does not read until another one follows it."""
        last = deque(enumerate(self.read_lines(), start=1), maxlen=1)
        number, line = last.pop() if last else (0, b"{}")
        try:
            json.loads(line)
        except ValueError as error:
            raise self._explain_damage(number) from error

    def _explain_damage(self, number: int) -> InputError:
        return InputError(
            f"Line {number} of {self._file_path} is damaged. Make a copy of the file. Then keep only "
            f"the lines before it (`head -n {number - 1}`), which loses what was recorded later, or "
            "move the file away to start new studies."
        )

    def find_lock(self, study_name: str) -> Path:
        """Find the lock file of a study. All processes that use the journal share one folder.

        Args:
            study_name: The study; its name may contain any characters.

        Returns:
            The path of the lock file.
        """
        digest = hashlib.sha256(study_name.encode()).hexdigest()
        return _find_locks(self._file_path) / digest[:16]

    @contextmanager
    def open_alone(self) -> Iterator[None]:
        """Keep other processes from opening the journal.

        Yields:
            Nothing; other processes wait until the block ends.

        Raises:
            InputError: If another process has it open.
        """
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InputError(
                f"{self._file_path} is open in another process: wait until the run has ended, or close "
                "the dashboard or the notebook."
            ) from error
        else:
            yield
        finally:
            # A failed attempt may have dropped the shared lock.
            fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    def _hold(self, path: str) -> None:
        folder = _find_locks(path)
        folder.mkdir(exist_ok=True)
        self._descriptor = os.open(folder, os.O_RDONLY)
        finalize(self, os.close, self._descriptor)
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)

    @contextmanager
    def _locked(self) -> Iterator[BinaryIO]:
        with open(self._file_path, "r+b", buffering=0) as file:
            # Closing the file releases the lock.
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file


def _find_locks(path: str) -> Path:
    return Path(f"{path}.locks")


def _to_lines(logs: Iterable[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(log, separators=(",", ":")) + "\n" for log in logs).encode()


def _write(file: BinaryIO, content: bytes) -> None:
    """Write everything, or restore the file if that fails."""
    start, rest = file.tell(), memoryview(content)
    try:
        while rest:  # the kernel may write only a part and still report success
            rest = rest[file.write(rest) :]
    except OSError:
        file.truncate(start)
        raise


def _cut_unfinished_line(file: BinaryIO) -> None:
    """Remove an unfinished last line, and leave the position at the end of the file."""
    end = size = file.seek(0, os.SEEK_END)
    tail = b""
    while end > 0:
        start = max(0, end - (1 if end == size else REWIND_STEP))
        file.seek(start)
        tail = file.read(end - start)
        if (newline := tail.rfind(b"\n")) >= 0:
            end = start + newline + 1
            break
        end = start
    if end < size:
        file.truncate(end)
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
    """Find the journal of a storage.

    Args:
        storage: The Optuna storage of the studies.

    Returns:
        The journal; None if the storage is something else, such as a database.
    """
    backend = getattr(storage, "_backend", None)
    return backend if isinstance(backend, SweepJournalBackend) else None


@contextmanager
def hold_study(storage: BaseStorage, name: str) -> Iterator[None]:
    """Keep other processes on this machine from searching the same study in the same journal.

    The lock ends with the process, even if it is killed. Storages other than a journal are not locked.

    Args:
        storage: The storage that holds the study.
        name: The study.

    Yields:
        Nothing; the study stays locked until the block ends.

    Raises:
        InputError: If another process has locked it.
    """
    journal = find_journal(storage)
    if journal is None:
        yield
        return
    with open(journal.find_lock(name), "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise InputError(
                f"Study {name} is being searched by another run: wait until it has ended, or stop it."
            ) from error
        yield
