"""Write a folder that predicts without this library: the model, an application, and a self-test."""

import json
import os
import platform
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
from kedro_sweep.handover._formats import FORMATS, Format
from kedro_sweep.handover._handover import Handover, predict_rows
from kedro_sweep.handover._requirements import find_packages, need_installed, pin
from kedro_sweep.handover._row_schema import describe_row

TEMPLATE = Path(str(files(__package__))) / "template"
SERVED_BY = ("fastapi", "uvicorn")
# What the folder must do without, in its self-test as well.
HIDDEN = {"kedro", "kedro_datasets", "optuna", "pandera", "plotly"}
SELF_TEST = """
import runpy, sys
sys.modules.update(dict.fromkeys({hidden}))
sys.path.insert(0, ".")
sys.argv = ["check.py", *{files}]
runpy.run_path("check.py", run_name="__main__")
"""
TYPES = """
Types that skops asks to trust:

{types}

Review the list; it does not make an untrusted file safe."""
SINGLE = "\nThe graph computes in single precision: predictions may differ by {tolerance:g}."


def export_model(given: Handover, folder: Path, kind: str = "pickle", *, overwrite: bool = False) -> str:
    """Write a folder in one step, after its self-test; return what to know of its format."""
    form = FORMATS[kind]
    need_installed(SERVED_BY, "export")
    need_installed(form.packages, form.extra)
    with _replace(folder, overwrite=overwrite) as part:
        schema = describe_row(given.schema, given.model[0])
        sample, tested = predict_rows(given, schema, form.tolerance)
        card = json.loads(json.dumps(given.card), parse_constant=lambda _: None)  # JSON has no NaN
        for name, content in {"schema": schema, "card": card, "rows": sample}.items():
            _write(part / f"{name}.json", json.dumps(content, indent=2, ensure_ascii=False))
        if given.card_page:
            _write(part / "card.md", given.card_page)
        form.save(given.model, part)
        needed = find_packages(given.model) | {*form.packages, *SERVED_BY}
        _write(part / "requirements.txt", pin(needed))
        for source in [*TEMPLATE.glob("*.py"), TEMPLATE / kind / "model.py"]:
            shutil.copy(source, part)
        shutil.copy(str(_classifier.__file__), part / "decisions.py")
        facts = _list_facts(given, kind, form, part)
        for name in ("Dockerfile", "README.md"):
            _write(part / name, Template((TEMPLATE / name).read_text("utf-8")).substitute(facts))
        _run_self_test(part, tested)
        names = sorted([*(file.name for file in part.iterdir()), "export.json"])
        export = {"format": kind, "model": given.version, "kedro-sweep": __version__, "files": names}
        _write(part / "export.json", json.dumps(export, indent=2))
    return facts["note"].strip()


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
            folder.replace(old)
        part.replace(folder)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _check_replaceable(folder: Path, *, overwrite: bool) -> None:
    found = {file.name for file in folder.iterdir()} - {"__pycache__"} if folder.is_dir() else {""}
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


def _list_facts(given: Handover, kind: str, form: Format, part: Path) -> dict[str, str]:
    """List what the texts of the folder say of the model."""
    note = SINGLE.format(tolerance=form.tolerance) if kind == "onnx" else ""
    if kind == "skops":
        types = json.loads((part / "trusted_types.json").read_text("utf-8"))
        note = TYPES.format(types="\n".join(f"- `{name}`" for name in types) or "- none")
    return {
        "file": form.file,
        "kind": kind,
        "note": note,
        "python": ".".join(platform.python_version_tuple()[:2]),
        "target": given.card["target"],
        "task": given.card["task"],
        "version": given.version,
    }


def _run_self_test(part: Path, tested: dict[str, Any]) -> None:
    """Let the folder predict in a process that can import nothing of Kedro, Optuna or this library."""
    file = part.with_name(f"{part.name}.json")
    hidden = sorted(HIDDEN | list_packages())
    code = SELF_TEST.format(hidden=hidden, files=["rows.json", str(file)])
    try:
        _write(file, json.dumps(tested))
        command = [sys.executable, "-B", "-X", "utf8", "-c", code]
        done = subprocess.run(command, cwd=part, capture_output=True, encoding="utf-8", check=False)
    finally:
        file.unlink(missing_ok=True)
    if done.returncode:
        said = (done.stdout + done.stderr).strip()[-2000:]
        raise InputError(f"Nothing is exported, because the folder failed its self-test:\n{said}")


def _write(file: Path, text: str) -> None:
    file.write_text(text.rstrip("\n") + "\n", "utf-8")
