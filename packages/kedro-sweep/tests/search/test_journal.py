"""The journal keeps every trial, whatever happens to the processes that write it."""

import fcntl
import subprocess
import sys
from pathlib import Path
from threading import Thread

import optuna
import pytest
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import TrialState

from kedro_sweep.search import open_journal

APPEND_TRIALS = """
import sys
import optuna
from kedro_sweep.search import open_journal

optuna.logging.set_verbosity(optuna.logging.ERROR)
study = optuna.load_study(study_name="study", storage=open_journal(sys.argv[1]))
print("ready", flush=True)
sys.stdin.readline()
for number in range(20):
    trial = study.ask()
    # Long lines make it likely that the processes meet.
    trial.set_user_attr("text", 100_000 * "x")
    study.tell(trial, number)
"""


def add_trials(journal: Path, n_trials: int) -> None:
    """Run trials in the journal, as a process of its own would."""
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


def test_a_process_waits_while_another_writes(tmp_path: Path) -> None:
    journal = tmp_path / "journal"
    add_trials(journal, 1)
    with journal.open("rb") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
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
    command = [sys.executable, "-c", APPEND_TRIALS, str(journal)]
    processes = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    for process in processes:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()
    assert [process.wait(timeout=120) for process in processes] == [0, 0]
    storage = JournalStorage(JournalFileBackend(str(journal)))
    trials = optuna.load_study(study_name="study", storage=storage).trials
    assert [trial.number for trial in trials] == list(range(40))
    assert {trial.state for trial in trials} == {TrialState.COMPLETE}
    assert sorted(trial.value or 0 for trial in trials) == [float(n // 2) for n in range(40)]
