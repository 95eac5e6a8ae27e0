"""The site of the documentation builds."""

import re
import subprocess
import sys
from pathlib import Path


def test_the_site_builds_without_a_warning(root: Path, tmp_path: Path) -> None:
    # The command of `make docs`, with another folder. Only the command line turns warnings into errors.
    recipe = subprocess.run(
        ["make", "--dry-run", "docs"], cwd=root, text=True, capture_output=True, check=True
    ).stdout
    [options] = re.findall(r"sphinx-build (.*)", recipe)
    command = [sys.executable, "-m", "sphinx", *options.split()[:-1], str(tmp_path)]
    done = subprocess.run(command, cwd=root, text=True, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    described = re.findall(
        r'id="(?:kedro_sweep|wine_sweep)\.(?:\w+\.)*(\w+)"',
        (tmp_path / "reference/library.html").read_text(),
    )
    assert {"run_search", "OptunaStorageDataset", "train_model"} <= set(described)
