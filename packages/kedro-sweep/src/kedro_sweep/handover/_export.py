"""Write a folder that predicts without this library: the model, an application, and a self-test."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Any

from kedro_sweep import __version__
from kedro_sweep.datasets.portable_pickle import list_packages
from kedro_sweep.errors import InputError
from kedro_sweep.evaluation.decisions import _classifier
from kedro_sweep.handover._formats import FORMATS
from kedro_sweep.handover._handover import Handover, predict_rows
from kedro_sweep.handover._requirements import find_packages, need_installed, pin
from kedro_sweep.handover._row_schema import describe_row
from kedro_sweep.platforms import replace

TEMPLATE = Path(str(files(__package__))) / "template"
SERVED_BY = ("fastapi", "uvicorn")
# What the folder must do without, in its self-test as well.
VENV = ".venv"  # made as the README of an export says
HIDDEN = {"kedro", "kedro_datasets", "optuna", "pandera", "plotly"}
SELF_TEST = """
import runpy, sys
sys.modules.update(dict.fromkeys({hidden}))
sys.path.insert(0, ".")
runpy.run_path("check.py", run_name="__main__")
"""


def export_model(given: Handover, folder: Path, kind: str = "pickle", *, overwrite: bool = False) -> str:
    """Write a folder in one step, after its self-test; return what to know of its format."""
    form = FORMATS[kind]
    need_installed(SERVED_BY, "export")
    need_installed(form.packages, form.extra)
    with _replace(folder, overwrite=overwrite) as part:
        schema = describe_row(given.schema, given.model[0])
        sample, tested = predict_rows(given, schema)
        tolerance = {"tolerance": form.tolerance}
        card = json.loads(json.dumps(given.card), parse_constant=lambda _: None)  # JSON has no NaN
        for name, content in {"schema": schema, "card": card, "rows": tested | tolerance}.items():
            _write_json(part / f"{name}.json", content)
        if given.card_page:
            (part / "card.md").write_text(given.card_page, "utf-8")
        note = form.save(given.model, part)
        needed = find_packages(given.model) | {*form.packages, *SERVED_BY}
        (part / "requirements.txt").write_text(pin(needed), "utf-8")
        for source in [*TEMPLATE.glob("*.py"), TEMPLATE / kind / "model.py"]:
            shutil.copy(source, part)
        shutil.copy(str(_classifier.__file__), part / "decisions.py")
        facts = {"file": form.file, "kind": kind, "note": note, "version": given.version}
        facts |= {name: given.card[name] for name in ("target", "task")}
        facts["python"] = f"{sys.version_info.major}.{sys.version_info.minor}"
        for name in ("Dockerfile", "README.md"):
            text = Template((TEMPLATE / name).read_text("utf-8")).substitute(facts)
            (part / name).write_text(text.rstrip("\n") + "\n", "utf-8")
        (part / ".dockerignore").write_text(f"{VENV}\n", "utf-8")
        _run_self_test(part)
        _write_json(part / "rows.json", sample | tolerance)
        names = sorted([*(file.name for file in part.iterdir()), "export.json"])
        export = {"format": kind, "model": given.version, "kedro-sweep": __version__, "files": names}
        _write_json(part / "export.json", export)
    return note.strip()


@contextmanager
def _replace(folder: Path, *, overwrite: bool) -> Iterator[Path]:
    """Give a new folder, which takes the place of another one after the block."""
    folder = folder.resolve()
    if folder.exists():
        _check_replaceable(folder, overwrite=overwrite)
    part, old = (folder.with_name(f".{os.getpid()}.{end}.{folder.name}") for end in ("part", "old"))
    part.mkdir(parents=True)
    try:
        yield part
        if folder.exists():
            replace(folder, old)
        try:
            replace(part, folder)
        except BaseException:
            if old.exists() and not folder.exists():
                replace(old, folder)
            raise
        if (old / VENV).exists():
            replace(old / VENV, folder / VENV)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _check_replaceable(folder: Path, *, overwrite: bool) -> None:
    found = {file.name for file in folder.iterdir()} - {"__pycache__", VENV} if folder.is_dir() else {""}
    if not found:
        return
    exported: set[str] = set()
    with suppress(OSError, ValueError, LookupError, TypeError):  # the file of something else
        exported = {*json.loads((folder / "export.json").read_text("utf-8"))["files"]}
    if others := sorted(found - exported):
        raise InputError(
            f"{folder} is not an export alone (it holds {others[0] or 'a file'}): name another folder."
        )
    if not overwrite:
        raise InputError(f"{folder} holds an earlier export: add --overwrite, or name another folder.")


def _run_self_test(part: Path) -> None:
    """Let the folder predict in a process that can import nothing of Kedro, Optuna or this library."""
    code = SELF_TEST.format(hidden=sorted(HIDDEN | list_packages()))
    command = [sys.executable, "-B", "-X", "utf8", "-c", code]
    done = subprocess.run(command, cwd=part, capture_output=True, encoding="utf-8", check=False)
    if done.returncode:
        said = (done.stdout + done.stderr).strip()[-2000:]
        raise InputError(f"Nothing is exported, because the folder failed its self-test:\n{said}")


def _write_json(file: Path, content: Any) -> None:
    file.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")
