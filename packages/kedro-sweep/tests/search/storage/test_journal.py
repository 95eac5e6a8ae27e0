"""The journal keeps every trial, even if the processes that write it are killed."""

import multiprocessing
import resource
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from threading import Thread
from time import sleep
from typing import Any

import optuna
import pytest
from filelock import FileLock
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState

from kedro_sweep.errors import InputError
from kedro_sweep.search import open_journal
from kedro_sweep.search.storage import _journal
from kedro_sweep.search.storage._journal import SweepJournalBackend, hold_study

# A copy of this process has imported everything, a new one would take seconds.
FORK = multiprocessing.get_context("fork")


def append_trials(journal: Path, is_ready: Any) -> None:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.load_study(study_name="study", storage=open_journal(str(journal)))
    is_ready.wait()
    for number in range(20):
        trial = study.ask()
        # Long lines make it likely that the processes meet.
        trial.set_user_attr("text", 100_000 * "x")
        study.tell(trial, number)


def hold(journal: Path, is_held: Any) -> None:
    with hold_study(open_journal(str(journal)), "study"):
        is_held.set()
        sleep(600)


def add_trials(journal: Path, n_trials: int) -> None:
    """Open the journal and run trials in it."""
    study = optuna.create_study(
        storage=open_journal(str(journal)), study_name="study", load_if_exists=True
    )
    for _ in range(n_trials):
        trial = study.ask()
        study.tell(trial, trial.suggest_float("x", 0, 1))


def read_values(journal: Path) -> list[float | None]:
    """Read the journal with Optuna's own backend, which takes only whole lines."""
    storage = JournalStorage(JournalFileBackend(str(journal)))
    return [trial.value for trial in optuna.load_study(study_name="study", storage=storage).trials]


def test_a_journal_is_reopened_with_all_that_it_holds(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    add_trials(journal, 3)
    before = read_values(journal)
    add_trials(journal, 2)
    assert read_values(journal)[:3] == before
    assert len(read_values(journal)) == 5


@pytest.mark.parametrize("torn", [b'{"op_code":4', b"{", b'{"op_code":4,"x":"' + 9999 * b"y"])
def test_a_torn_last_line_is_cut_and_the_file_stays_readable(torn: bytes, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    add_trials(journal, 3)
    whole, before = journal.read_bytes(), read_values(journal)
    journal.write_bytes(whole + torn)
    add_trials(journal, 2)
    assert journal.read_bytes().startswith(whole)
    assert read_values(journal)[:3] == before
    assert len(read_values(journal)) == 5


@pytest.mark.parametrize("torn", [b'{"op_', b'{"op_code":0,"x":"' + 9999 * b"y"])
def test_a_journal_of_nothing_but_a_torn_line_starts_anew(torn: bytes, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    journal.write_bytes(torn)
    add_trials(journal, 2)
    assert len(read_values(journal)) == 2


@contextmanager
def limit_files(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond a size in bytes, as a full disk would."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_line_that_does_not_fit_on_the_disk_is_an_error_and_is_cut(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    add_trials(journal, 3)
    whole = journal.read_bytes()
    # The kernel writes the first 10 bytes and reports success.
    with limit_files(len(whole) + 10), pytest.raises(OSError, match="File too large"):
        add_trials(journal, 1)
    assert len(read_values(journal)) == 3
    add_trials(journal, 1)
    assert len(read_values(journal)) == 4
    assert journal.read_bytes().startswith(whole)


def test_the_rest_of_a_line_that_is_being_written_is_no_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backend = SweepJournalBackend(str(tmp_path / "journal"))
    read = [b'{"op_code":0}\n', b'{"op_code":', b"0,1}\n"]
    monkeypatch.setattr(_journal, "open", lambda *_: nullcontext(read), raising=False)
    assert [*backend.read_lines()] == read[:1]


def test_a_process_waits_while_another_writes(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    add_trials(journal, 1)
    with FileLock(tmp_path / "journal.locks/append"):
        before = journal.read_bytes()
        thread = Thread(target=add_trials, args=(journal, 1))
        thread.start()
        thread.join(timeout=0.5)
        assert thread.is_alive()
        assert journal.read_bytes() == before
    thread.join()
    assert len(read_values(journal)) == 2


def test_two_processes_that_append_at_once_lose_nothing(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    add_trials(journal, 0)
    are_ready = FORK.Barrier(2)
    processes = [FORK.Process(target=append_trials, args=(journal, are_ready)) for _ in range(2)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(timeout=120)
    assert [process.exitcode for process in processes] == [0, 0]
    storage = JournalStorage(JournalFileBackend(str(journal)))
    trials = optuna.load_study(study_name="study", storage=storage).trials
    assert [trial.number for trial in trials] == list(range(40))
    assert {trial.state for trial in trials} == {TrialState.COMPLETE}
    assert sorted(trial.value or 0 for trial in trials) == [float(n // 2) for n in range(40)]


def test_a_study_is_held_by_one_search_at_a_time(tmp_path: Path) -> None:
    one, other = (open_journal(str(tmp_path / "journal")) for _ in range(2))
    with (
        hold_study(one, "mine"),
        hold_study(other, "another"),
        pytest.raises(InputError, match="mine is being searched"),
        hold_study(other, "mine"),
    ):
        pytest.fail("two searches hold it")
    with hold_study(other, "mine"):
        pass


def test_two_paths_to_one_journal_share_its_locks(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "journal")
    link = SweepJournalBackend(str(tmp_path / "link"))
    assert link.find_lock("a/study").parent == tmp_path / "journal.locks"


def test_a_study_of_any_name_is_held(tmp_path: Path) -> None:
    storage = open_journal(str(tmp_path / "journal"))
    name = "../forests / of " + 300 * "x"
    with hold_study(storage, name):
        other = open_journal(str(tmp_path / "journal"))
        with pytest.raises(InputError, match="is being searched"), hold_study(other, name):
            pytest.fail("two searches hold it")


def test_a_killed_process_frees_what_it_held(tmp_path: Path) -> None:
    # Only the end of a process shows that the system takes its locks away.
    is_held = FORK.Event()
    other = FORK.Process(target=hold, args=(tmp_path / "journal", is_held), daemon=True)
    other.start()
    assert is_held.wait(timeout=60)
    journal = open_journal(str(tmp_path / "journal"))
    with pytest.raises(InputError, match="is being searched"), hold_study(journal, "study"):
        pytest.fail("two searches hold it")
    other.kill()
    other.join()
    with hold_study(journal, "study"):
        pass


@pytest.mark.parametrize("position", [2, -1], ids=["middle", "last"])
def test_a_damaged_line_is_named(position: int, tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    add_trials(journal, 1)
    lines = journal.read_text().splitlines()
    lines[position] = lines[position][:-5]
    journal.write_text("\n".join(lines) + "\n")
    number = 1 + range(len(lines))[position]
    message = rf"^Line {number} of {journal} is damaged\. .* keep only the lines before it \(`head -n"
    with pytest.raises(InputError, match=message):
        open_journal(str(journal))
