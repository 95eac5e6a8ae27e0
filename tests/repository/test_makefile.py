"""`make` on a machine without uv."""

import os
import shutil
import subprocess
from pathlib import Path


def test_installing_uv_prints_what_it_does_and_no_recipe(root: Path, tmp_path: Path) -> None:
    shutil.copy(root / "Makefile", tmp_path)
    python = tmp_path / "python3"
    python.write_text("#!/bin/sh\nexit 1\n")
    python.chmod(0o755)
    done = subprocess.run(
        ["make", "--no-print-directory", ".uv/bin/uv"],
        cwd=tmp_path,
        env=os.environ | {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"},
        text=True,
        capture_output=True,
        check=False,
    )
    assert done.stdout == "Installing uv into .uv …\n"
    assert done.stderr.startswith("Python cannot create virtual environments here.")
