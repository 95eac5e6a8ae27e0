"""The storage of studies as a catalog entry."""

from pathlib import Path
from typing import Any

import optuna
import pytest
from kedro.io import DataCatalog, DatasetError
from optuna.storages import JournalStorage, RDBStorage

from kedro_sweep.datasets.optuna_storage_dataset import OptunaStorageDataset
from kedro_sweep.errors import InputError

SECRET = "hunter2"
URL = f"postgresql://user:{SECRET}@localhost:1/studies"
ENTRY = {"type": f"{OptunaStorageDataset.__module__}.OptunaStorageDataset"}


def test_a_file_gives_a_journal_that_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "new/folder/studies.journal"
    catalog = DataCatalog.from_config({"storage": ENTRY | {"filepath": str(file)}})
    assert not catalog.exists("storage")
    storage = catalog.load("storage")
    assert isinstance(storage, JournalStorage)
    optuna.create_study(storage=storage, study_name="mine")
    assert catalog.exists("storage")
    again = OptunaStorageDataset(filepath=str(file)).load()
    assert optuna.get_all_study_names(again) == ["mine"]


def test_a_url_among_the_credentials_gives_a_database_that_is_kept(tmp_path: Path) -> None:
    credentials = {"study_database": {"url": f"sqlite:///{tmp_path / 'studies.db'}"}}
    entries = {"storage": ENTRY | {"credentials": "study_database"}}
    storage = DataCatalog.from_config(entries, credentials).load("storage")
    assert isinstance(storage, RDBStorage)
    optuna.create_study(storage=storage, study_name="mine")
    again = DataCatalog.from_config(entries, credentials)
    assert again.exists("storage")
    assert optuna.get_all_study_names(again.load("storage")) == ["mine"]


def test_arguments_of_the_engine_reach_it(tmp_path: Path) -> None:
    credentials = {"url": f"sqlite:///{tmp_path / 'studies.db'}"}
    dataset = OptunaStorageDataset(credentials=credentials, engine_kwargs={"echo": True})
    storage = dataset.load()
    assert isinstance(storage, RDBStorage)
    assert storage.engine.echo is True


def test_an_environment_variable_may_contain_the_url(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MY_STUDIES", f"sqlite:///{tmp_path / 'studies.db'}")
    catalog = DataCatalog.from_config({"storage": ENTRY | {"url_variable": "MY_STUDIES"}})
    assert isinstance(catalog.load("storage"), RDBStorage)
    assert (tmp_path / "studies.db").exists()


@pytest.mark.parametrize("value", [None, ""])
def test_an_environment_variable_that_is_not_set_is_named(
    value: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MY_STUDIES", raising=False)
    if value is not None:
        monkeypatch.setenv("MY_STUDIES", value)
    with pytest.raises(DatasetError, match="variable MY_STUDIES is not set: set it") as caught:
        OptunaStorageDataset(url_variable="MY_STUDIES").load()
    assert isinstance(caught.value.__cause__, InputError)


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"filepath": "a.journal", "credentials": {"url": URL}},
        {"filepath": "a.journal", "url_variable": "MY_STUDIES"},
        {"credentials": {"url": URL}, "url_variable": "MY_STUDIES"},
    ],
)
def test_both_and_neither_are_refused(arguments: dict[str, Any]) -> None:
    with pytest.raises(DatasetError, match=r"either `filepath` .* or `credentials`") as caught:
        OptunaStorageDataset(**arguments)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("filepath", ["s3://bucket/studies.journal", URL])
def test_a_journal_that_is_no_file_is_refused(filepath: str) -> None:
    with pytest.raises(DatasetError, match=r"begins with \w+://, but a journal is a file") as caught:
        OptunaStorageDataset(filepath=filepath)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("credentials", [{}, {"con": URL}, {"url": URL, "password": SECRET}])
def test_credentials_other_than_a_url_are_refused(credentials: dict[str, str]) -> None:
    with pytest.raises(DatasetError, match="give only `url`") as caught:
        OptunaStorageDataset(credentials=credentials)
    assert SECRET not in str(caught.value)


def test_a_storage_is_not_saved(tmp_path: Path) -> None:
    dataset: Any = OptunaStorageDataset(filepath=str(tmp_path / "studies.journal"))
    with pytest.raises(DatasetError, match="as an input of a node, not as an output"):
        dataset.save(dataset.load())


@pytest.mark.parametrize(
    "url",
    [
        URL,
        f"nodialect://user:{SECRET}@localhost/studies",
        f"postgresql://user:{SECRET}@localhost:port/studies",
        f"sqlite://user:{SECRET}@localhost/studies.db",
        f"user:{SECRET}@localhost",
    ],
)
def test_a_database_out_of_reach_is_an_error_without_the_password(url: str) -> None:
    with pytest.raises(DatasetError) as caught:
        OptunaStorageDataset(credentials={"url": url}).load()
    assert SECRET not in str(caught.value)


def test_a_database_that_cannot_be_opened_is_an_error_of_the_user(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/no/such/folder/studies.db"
    with pytest.raises(DatasetError) as caught:
        OptunaStorageDataset(credentials={"url": url}).load()
    assert isinstance(caught.value.__cause__, InputError)
    assert "cannot be opened. unable to open database file\nStart it" in str(caught.value)


def test_the_password_is_in_no_description() -> None:
    dataset = OptunaStorageDataset(credentials={"url": URL})
    catalog = DataCatalog({"storage": dataset})
    for text in (str(dataset), repr(dataset), str(dataset._describe()), str(catalog), repr(catalog)):
        assert SECRET not in text


def test_the_file_is_in_the_description() -> None:
    assert "data/studies.journal" in str(OptunaStorageDataset(filepath="data/studies.journal"))
