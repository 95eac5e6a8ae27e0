"""The library is imported wherever Python runs, even where it is not tested."""

import subprocess
import sys

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
