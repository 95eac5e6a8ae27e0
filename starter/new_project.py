"""Make a new project: a copy of this repository under another name, without the template's own files."""

import keyword
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple


class Names(NamedTuple):
    """The names of a project: its Python package, its distribution and folder, and its title."""

    package: str
    distribution: str
    title: str


TEMPLATE = Names("wine_sweep", "wine-sweep", "Wine Sweep")

LIBRARY = "packages/*"  # copied unchanged
ONLY_HERE = (  # not copied
    ".ci/*",
    ".github/*",
    "CHANGELOG.md",
    "CITATION.cff",
    "CONTRIBUTING.md",
    "LICENSE",
    "README.md",
    "SECURITY.md",
    "benchmarks/*",
    "docs/*.csv",
    "docs/*.csv.gz",
    "docs/*.json*",
    "docs/*.md",
    "docs/images/*",
    "docs/_toc.yml",
    "packages/*/tests/*",
    "pictures/*",
    "starter/*",
    "tests/repository/*",
)
ADDRESS = "ADDRESS"  # stands for the address of this repository
BEGIN, END = "template: begin", "template: end"  # lines from one to the other are not copied either

# A package with such a name would hide one that the project imports, or a command that it calls.
TAKEN = {"git", "google", "pip", "python", "sklearn", "test", "tests", "yaml"}


class StarterError(Exception):
    """No project can be made. The message says why, and how to fix it."""


def find_address(repository: Path) -> str:
    """Find the address that a repository was cloned from, without a password; `ADDRESS` if there is none."""
    try:
        origin = (
            _git(repository, "remote", "get-url", "origin") if (repository / ".git").exists() else ""
        )
    except StarterError:
        return ADDRESS
    address = origin.strip().partition("?")[0]
    address = re.sub(r"^(https?://)[^/]*@", r"\1", address)  # the user may be a token
    address = re.sub(r"^(\w+://[^/:@]*):[^/]*@", r"\1@", address)
    return re.sub(r"^([\w.-]+@[\w.-]+):", r"ssh://\1/", address) or ADDRESS  # git's short form of SSH


def make_project(source: Path, target: Path, names: Names, address: str = ADDRESS) -> None:
    """Copy a repository under other names; files that the target has already stay unchanged."""
    _check(names, source / "uv.lock")
    for name in _list_files(source):
        old, new = source / name, target / _rename(name, names)
        if new.exists() or not old.is_file() or any(fnmatch(name, pattern) for pattern in ONLY_HERE):
            continue
        new.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(old, new)
        if not fnmatch(name, LIBRARY):
            text = old.read_bytes().decode(errors="surrogateescape")  # images pass through unchanged
            text = _rename(_drop_marked(text), names).replace(ADDRESS, address)
            new.write_bytes(text.encode(errors="surrogateescape"))


def _check(names: Names, lock: Path) -> None:
    package, distribution, _ = names
    if not re.fullmatch(r"[a-z][a-z0-9_]* [a-z][a-z0-9]*(-[a-z0-9]+)*", f"{package} {distribution}"):
        raise StarterError(
            f"'{package}' and '{distribution}' cannot be the names of a package and its distribution: "
            "choose a project name that begins with a letter."
        )
    if keyword.iskeyword(package) or package in sys.stdlib_module_names:
        raise StarterError(f"'{package}' is a word or a module of Python: choose another name.")
    locked = {entry["name"] for entry in tomllib.loads(lock.read_text(encoding="utf-8"))["package"]}
    needed = TAKEN | locked - {TEMPLATE.distribution}
    if taken := needed & {package, package.replace("_", "-"), distribution}:
        raise StarterError(f"The project needs a package called '{min(taken)}': choose another name.")


def _list_files(source: Path) -> list[str]:
    """List the files that git tracks, or would not ignore if this is an unpacked archive."""
    if (source / ".git").exists():
        return _git(source, "ls-files", "-z", "--cached").split("\0")[:-1]
    print(f"{source} is not a git repository: copying all files that .gitignore does not exclude.")
    with tempfile.TemporaryDirectory() as empty:
        _git(source, "init", "--quiet", "--bare", empty)
        # Leave out the user's global ignore rules, which are not the repository's.
        tree = ("-c", f"core.excludesFile={os.devnull}", f"--git-dir={empty}", f"--work-tree={source}")
        files = _git(source, *tree, "ls-files", "-z", "--others", "--exclude-standard")
        return files.split("\0")[:-1]


def _git(source: Path, *arguments: str) -> str:
    command = ["git", *arguments]
    try:
        done = subprocess.run(command, cwd=source, check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        reason = getattr(error, "stderr", None) or error
        raise StarterError(f"git cannot list the files of {source}: {reason}") from error
    return done.stdout


def _rename(text: str, names: Names) -> str:
    # In this order, no name is found inside one that was just inserted.
    for old, new in zip(TEMPLATE, names, strict=True):
        text = text.replace(old, new)
    return text


def _drop_marked(text: str) -> str:
    kept, is_marked = "", False
    for line in text.splitlines(keepends=True):
        is_marked = is_marked or BEGIN in line
        kept += "" if is_marked else line
        is_marked = is_marked and END not in line
    return kept
