"""What Windows does in another way than Linux and macOS."""

import codecs
import io
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import sleep

IS_WINDOWS = os.name == "nt"

# Seconds to wait for another program, such as a virus scanner, to close a file.
PAUSES = (0.1, 0.4, 1.6)

# For output that is redirected: its encoding, such as cp1252, lacks these.
SIMPLER = str.maketrans({"\N{MINUS SIGN}": "-", "→": "->", "←": "<-", "▸": ">", "√": "sqrt"})


def replace(part: Path, file: Path) -> None:
    """Move a finished file over another one, which Windows refuses while any program has that open."""
    for pause in PAUSES if IS_WINDOWS else ():
        try:
            part.replace(file)
            return
        except PermissionError:
            sleep(pause)
    part.replace(file)


@contextmanager
def replacing(file: Path) -> Iterator[Path]:
    """Give a new file beside another one, which it replaces if the block succeeds."""
    part = file.with_name(f".{os.getpid()}.{file.name}")
    try:
        yield part
        replace(part, file)
    finally:
        part.unlink(missing_ok=True)


def find_program(environment: Path, name: str) -> Path:
    """Find a program of a virtual environment."""
    return environment / (f"Scripts/{name}.exe" if IS_WINDOWS else f"bin/{name}")


def join_command(parts: Sequence[str]) -> str:
    """Write a command as a user types it."""
    return subprocess.list2cmdline(parts) if IS_WINDOWS else shlex.join(parts)


def become(command: list[str]) -> None:
    """Run a program instead of this one, so that Ctrl-C and other signals end it."""
    if IS_WINDOWS:  # there, the shell would take the end of this process for that of the program
        raise SystemExit(subprocess.run(command, check=False).returncode)
    os.execv(command[0], command)


def print_any_text() -> None:
    """Print simpler characters where the encoding of the output lacks one, instead of failing."""
    codecs.register_error("kedro_sweep", _simplify)
    if isinstance(sys.stdout, io.TextIOWrapper):  # else, a notebook
        sys.stdout.reconfigure(errors="kedro_sweep")


def _simplify(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end].translate(SIMPLER)
    return text.encode(error.encoding, "replace"), error.end
