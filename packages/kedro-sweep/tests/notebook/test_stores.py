import gc
from io import BytesIO
from pathlib import Path

import optuna
import pytest
from optuna.storages import InMemoryStorage

from kedro_sweep.notebook import open_stores


def test_a_path_is_a_journal_with_its_predictions_in_a_folder_beside_it(tmp_path: Path) -> None:
    storage, _ = open_stores(tmp_path / "new" / "my.journal")
    optuna.create_study(storage=storage, study_name="kept")
    again, artifacts = open_stores(str(tmp_path / "new" / "my.journal"))
    assert [study.study_name for study in again.get_all_studies()] == ["kept"]
    assert Path(artifacts._base_path) == tmp_path / "new" / "my.journal.predictions"  # type: ignore[attr-defined]


def test_a_temporary_folder_goes_with_its_storage() -> None:
    storage, artifacts = open_stores(None)
    folder = Path(artifacts._base_path)  # type: ignore[attr-defined]
    assert folder.exists()
    del storage
    gc.collect()
    assert not folder.exists()


def test_a_storage_of_optuna_is_taken_as_it_is() -> None:
    storage = InMemoryStorage()
    first, again = open_stores(storage), open_stores(storage)
    assert first.storage is again.storage is storage
    first.artifacts.write("a", BytesIO(b"kept"))
    assert again.artifacts.open_reader("a").read() == b"kept"
    temporary = open_stores(None)
    temporary.artifacts.write("a", BytesIO(b"kept"))
    assert open_stores(temporary.storage).artifacts.open_reader("a").read() == b"kept"


@pytest.mark.parametrize(("wrong", "error"), [("sqlite:///studies.db", ValueError), (3, TypeError)])
def test_any_other_storage_is_refused_by_name(wrong: object, error: type[Exception]) -> None:
    with pytest.raises(error, match=f"storage={wrong!r}"):
        open_stores(wrong)  # type: ignore[arg-type]
