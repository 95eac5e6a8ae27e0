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

    It differs from Optuna's own file backend in four ways. The lock is the kernel's: it ends with a
    killed process, instead of holding up the next run for half a minute. If a killed process left the
    last line unfinished, the line is cut off before the next one is written. A line is handed to the
    kernel, which keeps it whatever happens to this process, without waiting for the disk: a power cut
    may lose the last seconds of a sweep. And as long as a journal is open, no other process can remove
    studies from it.
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
        """Leave out the descriptor, which means nothing to another process."""
        return {name: value for name, value in self.__dict__.items() if name != "_descriptor"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Open the journal in the process that gets a copy."""
        self.__dict__.update(state)
        self._hold(self._file_path)

    def read_logs(self, log_number_from: int) -> Generator[dict[str, Any], None, None]:
        """Read the lines.

        Args:
            log_number_from: Number of the first line, from 0.

        Yields:
            What happened, one dictionary per line.

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
            logs: What happened, one dictionary per line.

        Raises:
            OSError: If the disk is full, for example; the file still ends in a whole line.
        """
        with self._locked() as file:
            _cut_unfinished_line(file)
            _write(file, _to_lines(logs))

    def replace_logs(self, logs: list[dict[str, Any]]) -> None:
        """Replace the file in one step, so that it is whole whenever the process is killed.

        Only within `open_alone`: others would go on where the old file ended.

        Args:
            logs: All lines of the new file, one dictionary per line.
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
        """Give the whole lines of the file, each with its end."""
        with open(self._file_path, "rb") as file:
            yield from (line for line in file if line.endswith(b"\n"))

    def _check_last_line(self) -> None:
        """Check the last whole line, which Optuna passes over until another follows it."""
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
        """Find the lock of a study. All that have the journal open share that of the folder.

        Args:
            study_name: The study; its name may hold anything.

        Returns:
            The file.
        """
        digest = hashlib.sha256(study_name.encode()).hexdigest()
        return _find_locks(self._file_path) / digest[:16]

    @contextmanager
    def open_alone(self) -> Iterator[None]:
        """Keep other processes from opening the journal.

        Yields:
            Nothing; others wait until the end of the block.

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
            # A failed attempt may have lost the shared lock.
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
            # Closing the file gives the lock back.
            fcntl.flock(file, fcntl.LOCK_EX)
            yield file


def _find_locks(path: str) -> Path:
    return Path(f"{path}.locks")


def _to_lines(logs: Iterable[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(log, separators=(",", ":")) + "\n" for log in logs).encode()


def _write(file: BinaryIO, content: bytes) -> None:
    """Write everything; on an error leave the file as it was."""
    start, rest = file.tell(), memoryview(content)
    try:
        while rest:  # the kernel may take a part and report success
            rest = rest[file.write(rest) :]
    except OSError:
        file.truncate(start)
        raise


def _cut_unfinished_line(file: BinaryIO) -> None:
    """Leave the file at its end, after a whole line."""
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
        An Optuna storage that any number of processes of this machine may share.

    Raises:
        InputError: If a line is damaged.
    """
    return JournalStorage(SweepJournalBackend(path))


def find_journal(storage: BaseStorage) -> SweepJournalBackend | None:
    """Find the journal of a storage.

    Args:
        storage: Where studies are kept.

    Returns:
        The journal; None if the storage is something else, such as a database.
    """
    backend = getattr(storage, "_backend", None)
    return backend if isinstance(backend, SweepJournalBackend) else None


@contextmanager
def hold_study(storage: BaseStorage, name: str) -> Iterator[None]:
    """Keep other processes of this machine from searching the same study in the same journal.

    The lock ends with the process, however that ends. Other storages are not held.

    Args:
        storage: Where the study is kept.
        name: The study.

    Yields:
        Nothing; the study is held until the end of the block.

    Raises:
        InputError: If another process holds it.
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
