"""The library is imported wherever Python runs, even where it is not tested."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import kedro_sweep

SOURCE = Path(kedro_sweep.__file__).parent

IMPORT_TWICE = """
import os, sys
from importlib import import_module

def import_packages():
    for name in ("cli", "datasets", "evaluation", "hooks", "pipelines", "report", "search", "tables"):
        import_module(f"kedro_sweep.{name}")

import_packages()  # and with them all libraries
for name in [name for name in sys.modules if name.startswith("kedro_sweep")]:
    del sys.modules[name]
for name in ("fcntl", "grp", "pty", "pwd", "resource", "termios"):
    sys.modules[name] = None
del os.register_at_fork
import_packages()
"""


def test_the_library_is_imported_without_what_only_unix_has() -> None:
    # A process, because parts of the standard library are taken away.
    subprocess.run([sys.executable, "-c", IMPORT_TWICE], check=True)


def list_imports() -> Iterator[tuple[str, str]]:
    """Each module of the library with each module that it imports."""
    for path in SOURCE.rglob("*.py"):
        importer = ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts)
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("kedro_sweep"):
                yield importer, str(node.module)


def test_a_private_module_is_imported_only_inside_its_own_package() -> None:
    private = [(importer, found) for importer, found in list_imports() if "._" in found]
    assert private
    assert [pair for pair in private if not pair[0].startswith(pair[1].partition("._")[0] + ".")] == []
