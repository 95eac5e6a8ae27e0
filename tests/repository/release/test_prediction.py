"""A long prediction is killed, which takes a separate process."""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from tests.conftest import Project


def start(project: Project, file: Path, output: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "kedro", "sweep", "predict", str(file), "--output", str(output)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=project.path, text=True, stdout=pipe, stderr=subprocess.STDOUT)


def test_a_killed_prediction_goes_on_after_its_last_complete_piece(
    searched: Project, wine: pd.DataFrame, tmp_path: Path
) -> None:
    n_rows = 4 * 2**17
    rows = wine.iloc[np.arange(n_rows) % len(wine)].reset_index(drop=True)
    rows.to_csv(tmp_path / "rows.csv", index=False)
    parts = tmp_path / ".killed.csv.parts"
    killed = start(searched, tmp_path / "rows.csv", tmp_path / "killed.csv")
    while not (parts / "000001.csv").exists():
        assert killed.poll() is None, killed.communicate()[0]
        time.sleep(0.02)
    killed.kill()
    killed.communicate()
    assert not (tmp_path / "killed.csv").exists()
    complete = {file.name: file.stat().st_mtime_ns for file in parts.glob("[0-9]*")}
    assert 2 <= len(complete) < 4

    again = start(searched, tmp_path / "rows.csv", tmp_path / "killed.csv")
    said = " ".join(again.communicate()[0].split())
    assert f"Continuing after the first {len(complete)} parts" in said
    assert f"Predicted {n_rows:,} rows" in said
    assert sorted(path.name for path in tmp_path.glob("*killed*")) == ["killed.csv"]

    uninterrupted = start(searched, tmp_path / "rows.csv", tmp_path / "whole.csv")
    uninterrupted.communicate()
    assert (tmp_path / "killed.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    # Rows come again after each copy of the table, and so do their predictions.
    found = pd.read_csv(tmp_path / "killed.csv", index_col="row")
    assert found.index.equals(pd.RangeIndex(n_rows, name="row"))
    assert (
        found["prediction"].to_numpy() == found["prediction"].to_numpy()[found.index % len(wine)]
    ).all()
