"""A new project is this one under another name, without what belongs to this one alone."""

import os
import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from shutil import copymode

TITLE, DISTRIBUTION, PACKAGE = "Kedro Sweep", "kedro-sweep", "kedro_sweep"

# What belongs to this repository alone: files and folders, tables of pyproject.toml, targets of the
# Makefile.
ONLY_HERE = (
    ".ci",
    "CHANGELOG.md",
    "PKG-INFO",  # of an unpacked source distribution
    "benchmarks",
    "docs/benchmarks.json",
    "docs/benchmarks.md",
    "docs/images/benchmark.png",
    "starter",
    "tests/starter",
)
TABLES_ONLY_HERE = (
    'project.entry-points."kedro.starters"',
    "tool.hatch.build.targets.wheel.hooks.custom",
)
TARGETS_ONLY_HERE = ("bench",)

# What belongs to the wine example, and of that what the tests work on: a project that starts empty
# keeps it for them alone, under the path that its catalog gives the user's table.
EXAMPLE = ("data/01_raw", "docs/tutorial.md", "notebooks", "tests/notebooks")
TESTED_EXAMPLE = ("data/01_raw", "conf/base/parameters.yml")
EXAMPLE_FOR_TESTS = "tests/example"
EXAMPLE_TABLE, OWN_TABLE = "WineQT.csv", "my_table.csv"

# Each has an environment in conf, modules of `tracking`, tests and pictures with its name, an extra in
# pyproject.toml, targets in the Makefile, a section of the docs, and a line in the dictionary that
# finds its hooks.
TRACKERS = ("mlflow", "neptune")
TRACKER_HOOKS = f"src/{PACKAGE}/tracking/tracker_hooks.py"
# What needs all of them, and for the page the example as well.
ALL_TRACKERS = ("tests/tracking/test_tracker_hooks.py",)
TUTORIAL_OF_2022 = "docs/from_the_tutorial.md"

# A package of this name would stand before one that the project needs and that is imported by another
# name than it is installed under, or its command before one of the environment's own.
TAKEN = {"git", "google", "pip", "python", "sklearn", "test", "tests", "yaml"}


class StarterError(Exception):
    """No project can be made; the message says why and what to do."""


@dataclass(frozen=True)
class Choices:
    """What the user answered.

    Attributes:
        project_name: The project's name for people.
        repo_name: Name of its folder.
        package: Name of its Python package.
        example: `wine` or `none`.
        trackers: `all`, `none`, or names of trackers separated by commas.
    """

    project_name: str
    repo_name: str
    package: str
    example: str
    trackers: str

    @property
    def distribution(self) -> str:
        """The name that the project is installed under, as installers spell it."""
        return re.sub(r"[-_.]+", "-", self.repo_name).lower()

    @property
    def dropped_trackers(self) -> tuple[str, ...]:
        """The trackers that the user does not want."""
        return tuple(name for name in TRACKERS if name not in self._kept_trackers)

    @property
    def keeps_all(self) -> bool:
        """Whether the new project leaves out nothing that could be left out."""
        return self.example == "wine" and not self.dropped_trackers

    @property
    def _kept_trackers(self) -> set[str]:
        kept = {name.strip() for name in self.trackers.split(",")}
        return {"all": set(TRACKERS), "none": set[str]()}.get(self.trackers.strip(), kept)

    def check(self, taken: set[str]) -> None:
        """Refuse what would give a project that does not work.

        Args:
            taken: Distributions that the project depends on.

        Raises:
            StarterError: If an answer cannot be used.
        """
        if not re.fullmatch(r"[a-z][a-z0-9_]*", self.package):
            raise StarterError(
                f"'{self.package}' cannot be the name of its Python package: choose a project name of "
                "plain letters, digits, spaces, hyphens and underscores that begins with a letter."
            )
        if not re.fullmatch(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", self.distribution):
            raise StarterError(
                f"'{self.repo_name}' cannot be the name of a distribution: choose a project name that "
                "begins and ends with a plain letter or a digit."
            )
        if self.distribution in taken or self.package in taken | TAKEN:
            raise StarterError(
                f"'{self.project_name}' is also the name of a package that the project needs: choose "
                "another project name."
            )
        if self.example not in {"wine", "none"}:
            raise StarterError(f"example: '{self.example}' is neither wine nor none.")
        if unknown := self._kept_trackers - set(TRACKERS):
            raise StarterError(
                f"trackers: {sorted(unknown)} are unknown; write all, none, or some of "
                f"{', '.join(TRACKERS)}, separated by commas."
            )


def make_project(source: Path, target: Path, choices: Choices) -> None:
    """Copy a project under another name.

    Args:
        source: The tree around the starter.
        target: The new project's folder. What it holds already stays as it is.
        choices: What the user wants.

    Raises:
        StarterError: If an answer cannot be used, or the tree cannot be read.
    """
    lock = tomllib.loads((source / "uv.lock").read_text(encoding="utf-8"))
    choices.check(taken={package["name"] for package in lock["package"]} - {DISTRIBUTION})
    limit = _read_line_length(source)
    for name in list_files(source):
        for new_name, is_edited in _place(name, choices):
            new = target / _rename(new_name, choices)
            if new.exists():
                continue
            content = (source / name).read_bytes()
            with suppress(UnicodeDecodeError):  # of pictures
                text = content.decode()
                text = _rename(_edit(name, text, choices) if is_edited else text, choices)
                content = (_wrap_imports(text, limit) if new.suffix == ".py" else text).encode()
            new.parent.mkdir(parents=True, exist_ok=True)
            new.write_bytes(content)
            copymode(source / name, new)
    if choices.dropped_trackers:
        _lock_again(target)


def list_files(root: Path) -> list[str]:
    """List the files of a project that git does not ignore, whether there is a repository or not.

    Args:
        root: The project's folder.

    Returns:
        Paths relative to the folder.

    Raises:
        StarterError: If git cannot tell.
    """
    with tempfile.TemporaryDirectory() as no_history:
        repository = []
        if not (root / ".git").exists():
            _git("init", "--quiet", "--bare", no_history, cwd=root)
            repository = [f"--git-dir={no_history}", f"--work-tree={root}"]
        # What the user ignores everywhere, tables say, is not what this project ignores.
        options = ["-c", f"core.excludesFile={os.devnull}", *repository]
        listing = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        names = _git(*options, *listing, cwd=root).split("\0")
    return [name for name in names if (root / name).is_file()]


def _git(*arguments: str, cwd: Path) -> str:
    try:
        done = subprocess.run(["git", *arguments], cwd=cwd, check=True, capture_output=True)
    except FileNotFoundError as error:
        raise StarterError("git is not installed here, and the starter needs it.") from error
    except subprocess.CalledProcessError as error:
        raise StarterError(f"git could not list the files of {cwd}: {error.stderr.decode()}") from error
    return done.stdout.decode()


def is_only_here(name: str) -> bool:
    """Tell whether a file belongs to this repository alone.

    Args:
        name: Path relative to the project's folder.

    Returns:
        Whether new projects go without it.
    """
    return _is_in(name, ONLY_HERE)


def _is_in(name: str, folders: tuple[str, ...]) -> bool:
    return any(PurePosixPath(name).is_relative_to(folder) for folder in folders)


def _place(name: str, choices: Choices) -> Iterator[tuple[str, bool]]:
    """Give each place of a file in the new project, and whether it is edited there."""
    if not _is_left_out(name, choices):
        yield name, True
    if choices.example == "none" and _is_in(name, TESTED_EXAMPLE) and not name.endswith(".gitkeep"):
        yield f"{EXAMPLE_FOR_TESTS}/{name}", False


def _is_left_out(name: str, choices: Choices) -> bool:
    is_of_a_tracker = _is_in(name, ("conf", "docs/images", "tests", f"src/{PACKAGE}/tracking"))
    return (
        is_only_here(name)
        or (choices.example == "none" and _is_in(name, EXAMPLE) and not name.endswith(".gitkeep"))
        or (bool(choices.dropped_trackers) and _is_in(name, ALL_TRACKERS))
        or (name == TUTORIAL_OF_2022 and not choices.keeps_all)
        or (is_of_a_tracker and any(tracker in name for tracker in choices.dropped_trackers))
    )


def _rename(text: str, choices: Choices) -> str:
    new = {
        TITLE: choices.project_name.strip(),
        DISTRIBUTION: choices.distribution,
        PACKAGE: choices.package,
        EXAMPLE_TABLE: OWN_TABLE if choices.example == "none" else EXAMPLE_TABLE,
    }
    # uv writes the length of the name before it where extras exclude each other.
    text = re.sub(
        rf"\b(extra|group)-{len(DISTRIBUTION)}-(?={DISTRIBUTION}\b)",
        rf"\1-{len(choices.distribution)}-",
        text,
    )
    return re.sub("|".join(map(re.escape, new)), lambda match: new[match[0]], text)


def _edit(name: str, text: str, choices: Choices) -> str:
    if name == "pyproject.toml":
        for table in TABLES_ONLY_HERE:
            text = _replace(rf"^\[{re.escape(table)}\]\n(?:[^\[\n].*\n)*\n*", "", text)
        text = _replace(r', "(?:benchmarks|starter)\b[^"]*"', "", text)
        for tracker in choices.dropped_trackers:
            text = _replace(rf"^{tracker} = \[(?:.*\]|\n(?: .*\n)*\])\n", "", text)
    if name == "Makefile":
        for target in (*TARGETS_ONLY_HERE, *choices.dropped_trackers):
            text = _replace(rf"^\.PHONY: {target}\b.*\n(?:.+\n)*\n*", "", text)
        for tracker in choices.dropped_trackers:
            text = _replace(rf" --extra {tracker}\b", "", text)
    if name == TRACKER_HOOKS:
        for tracker in choices.dropped_trackers:
            text = _replace(rf'^    "{tracker}": ".*",\n', "", text)
        text = text.replace("= {\n}", "= {}")
    if name == "conf/base/parameters.yml" and choices.example == "none":
        text = _replace(r"^features:(.*)\n(?:  - .*\n)+", r"features: []\1\n", text)
        text = _replace(r"^y_label: quality\b", 'y_label: ""', text)
    return _edit_page(name, text, choices)


def _edit_page(name: str, text: str, choices: Choices) -> str:
    if name == "docs/scaling.md":
        text = _replace(r"\n^## Measured\n(?:(?!## ).*\n)*", "", text)
    if name == "docs/index.md" and choices.example == "none":
        text = _replace(r"^```\{toctree\}\n:caption: Learn\n(?:.*\n)*?```\n\n", "", text)
    elif name == "docs/index.md" and not choices.keeps_all:
        text = _replace(r"^from_the_tutorial\n", "", text)
    if name == "docs/tutorial.md" and not choices.keeps_all:
        text = _replace(r"\[([^\]]+)\]\(from_the_tutorial\.md\)", r"\1", text)
    if name == "docs/tracking.md":
        for tracker in choices.dropped_trackers:
            text = _replace(rf"(?i)^\| {tracker} \|.*\n", "", text)
            text = _replace(rf"(?i)^## {tracker}\n(?:(?!## ).*\n)*", "", text)
    return text


def _replace(pattern: str, new: str, text: str) -> str:
    text, n_found = re.subn(pattern, new, text, flags=re.MULTILINE)
    if not n_found:
        raise StarterError(f"The starter no longer fits its project: nothing there matches {pattern}")
    return text


def _read_line_length(source: Path) -> int:
    settings = tomllib.loads((source / "pyproject.toml").read_text(encoding="utf-8"))
    length: int = settings["tool"]["ruff"]["line-length"]
    return length


def _wrap_imports(text: str, limit: int) -> str:
    """Lay out the imports that a longer name made too long as the formatter would."""

    def wrap(match: re.Match[str]) -> str:
        if len(match[0]) <= limit:
            return match[0]
        names = "".join(f"{match['indent']}    {name},\n" for name in match["names"].split(", "))
        return f"{match['indent']}from {match['module']} import (\n{names}{match['indent']})"

    return re.sub(
        r"^(?P<indent> *)from (?P<module>\S+) import (?P<names>[\w, ]+)$", wrap, text, flags=re.MULTILINE
    )


def _lock_again(target: Path) -> None:
    """Leave the packages out of the lock that only dropped extras needed."""
    try:
        subprocess.run(["make", "lock"], cwd=target, check=True, capture_output=True)
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        reason = error if isinstance(error, FileNotFoundError) else error.stderr.decode()
        print(
            f"{reason}\nuv.lock still names the trackers that were left out: run `make lock` in the "
            "project.",
            file=sys.stderr,
        )
