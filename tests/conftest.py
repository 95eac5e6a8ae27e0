"""What many tests share: the wine table, small parameters, and copies of the project to run."""

import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import optuna
import pandas as pd
import pytest
import yaml
from joblib.externals.loky import get_reusable_executor
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from kedro_sweep.search import open_journal

ROOT = Path(__file__).parents[1]
# A project that started without the example keeps it for its tests alone.
EXAMPLE = ROOT / "tests/example" if (ROOT / "tests/example").is_dir() else ROOT


def add_example(project: Path) -> None:
    """Give the example to a copy of a project that started without."""
    if EXAMPLE != ROOT:
        shutil.copytree(EXAMPLE, project, dirs_exist_ok=True)


def read_yaml(path: Path) -> dict[str, Any]:
    """Read a YAML file that holds a mapping."""
    content: dict[str, Any] = yaml.safe_load(path.read_text())
    return content


@pytest.fixture(scope="session", autouse=True)
def _few_processes_and_threads() -> Iterator[None]:
    """Keep the threads of small fits from waiting for each other, and leave no workers behind."""
    with threadpool_limits(1):
        yield
    get_reusable_executor().shutdown()


@pytest.fixture(scope="session", autouse=True)
def _interruptible() -> None:
    """Let Ctrl-C end what tests start: a shell that runs them in the background has it ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the project."""
    return ROOT


@pytest.fixture(scope="session")
def wine() -> pd.DataFrame:
    """The raw table as it is committed."""
    return pd.read_csv(EXAMPLE / "data/01_raw/WineQT.csv")


@pytest.fixture
def parameters() -> dict[str, Any]:
    """The project's own parameters, with a short sweep; each test may change its copy."""
    merged = {
        **read_yaml(EXAMPLE / "conf/base/parameters.yml"),
        **read_yaml(ROOT / "conf/base/parameters_data_science.yml"),
    }
    merged["sweep"] |= {"n_trials": 5, "cv": 3, "sampler": {"class": "RandomSampler"}}
    return merged


@pytest.fixture
def table(wine: pd.DataFrame, parameters: dict[str, Any]) -> tuple[pd.DataFrame, pd.Series]:
    """Features and target of some wines: tied values, and classes with as few as two rows."""
    sample = wine.groupby("quality", group_keys=False).sample(frac=0.25, random_state=0)
    return sample[parameters["features"]].astype(float), sample[parameters["y_label"]]


@dataclass(frozen=True)
class Project:
    """A copy of the project that a test may configure and run."""

    path: Path

    def configure(self, **changes: Any) -> None:
        """Set parameters in the YAML file that has them; a dictionary changes only its own keys."""
        for file in (self.path / "conf/base").glob("parameters*.yml"):
            content = read_yaml(file)
            for key in content.keys() & changes.keys():
                change = changes[key]
                content[key] = content[key] | change if isinstance(change, dict) else change
            file.write_text(yaml.safe_dump(content, sort_keys=False))

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        """Start `kedro` with these arguments in a process group of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "kedro", *arguments],
            cwd=self.path,
            text=True,
            start_new_session=True,
            **{"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT} | options,
        )

    def kedro(self, *arguments: str) -> tuple[int, str]:
        """Run `kedro` to its end and give the exit code and all that it printed, on one line."""
        process = self.start(*arguments)
        output, _ = process.communicate(timeout=300)
        return process.returncode, " ".join(output.split())

    def run(self, *arguments: str) -> str:
        """Run `kedro run`, which must succeed, and give what it printed."""
        code, output = self.kedro("run", *arguments)
        assert code == 0, output
        return output

    def versions(self, name: str) -> list[Path]:
        """All versions of a versioned file, oldest first."""
        return sorted((self.path / "data").glob(f"*/{name}/*/{name}"))

    def studies(self) -> dict[str, list[optuna.trial.FrozenTrial]]:
        """The trials of every study in the journal, by the study's name."""
        journal = self.path / "data/07_model_output/studies.journal"
        if not journal.exists():
            return {}
        storage = open_journal(str(journal))
        return {
            summary.study_name: storage.get_all_trials(summary._study_id)
            for summary in optuna.get_all_study_summaries(storage)
        }


@pytest.fixture(scope="session")
def copy_project(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Project]:
    """Make a copy of the project, without the outputs of any run."""

    def copy() -> Project:
        path = tmp_path_factory.mktemp("project")
        for name in ("conf", "pyproject.toml", ".telemetry", "data/01_raw"):
            source, target = ROOT / name, path / name
            if source.is_dir():
                shutil.copytree(source, target, ignore=shutil.ignore_patterns("local"))
            else:
                shutil.copy(source, target)
        add_example(path)
        # The code itself, which is compiled already.
        package = Path("src/kedro_sweep")
        (path / "src").mkdir()
        (path / package).symlink_to(ROOT / package)
        (path / "conf/local").mkdir()
        return Project(path)

    return copy


@pytest.fixture
def project(copy_project: Callable[[], Project]) -> Project:
    """A fresh copy of the project."""
    return copy_project()


@pytest.fixture(scope="session")
def finished(copy_project: Callable[[], Project]) -> Project:
    """A copy in which `kedro run` has run as it stands; tests may add runs but change nothing."""
    project = copy_project()
    project.run()
    return project
