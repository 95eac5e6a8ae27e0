"""The parts of predictions that were interrupted."""

from pathlib import Path

import pytest
from kedro.io import DatasetError

from kedro_sweep.datasets.predictions_file import _keep_parts

FULL = OSError(28, "No space left on device")
NOT_SAVED = DatasetError("Failed while saving data")
NOT_SAVED.__cause__ = FULL


def predict_one_piece(folder: Path, error: Exception) -> None:
    with _keep_parts(folder, {}):
        (folder / "000000.csv").touch()
        raise error


@pytest.mark.parametrize("error", [FULL, NOT_SAVED])
def test_a_full_disk_leaves_the_parts_for_the_next_command(error: Exception, tmp_path: Path) -> None:
    folder = tmp_path / ".out.csv.parts"
    with pytest.raises(type(error)):
        predict_one_piece(folder, error)
    with _keep_parts(folder, {}):
        assert (folder / "000000.csv").exists()
    assert not folder.exists()


def test_rows_that_cannot_be_predicted_leave_no_parts(tmp_path: Path) -> None:
    folder = tmp_path / ".out.csv.parts"
    with pytest.raises(ValueError, match="row 3"):
        predict_one_piece(folder, ValueError("row 3"))
    assert not folder.exists()
