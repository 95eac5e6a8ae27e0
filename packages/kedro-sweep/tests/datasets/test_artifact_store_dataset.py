"""The store of predictions as a catalog entry."""

import io
import os
import pickle
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fsspec
import joblib
import pytest
from kedro.io import DataCatalog, DatasetError
from moto.server import ThreadedMotoServer
from optuna.artifacts import FileSystemArtifactStore
from optuna.artifacts.exceptions import ArtifactNotFound
from optuna.storages import InMemoryStorage

from kedro_sweep.datasets.artifact_store_dataset import CREDENTIALS, ArtifactStoreDataset
from kedro_sweep.errors import InputError
from kedro_sweep.evaluation import search_and_keep
from kedro_sweep.search import StudyConfiguration

SECRET = "hunter2"
ENTRY = {"type": f"{ArtifactStoreDataset.__module__}.ArtifactStoreDataset"}


BUCKET: dict[str, Any] = {"path": "memory://mine", "credentials": {"password": SECRET}}


@pytest.mark.parametrize("scheme", ["", "file://"])
def test_a_folder_gives_a_store_of_files(scheme: str, tmp_path: Path) -> None:
    folder = tmp_path / "new/folder"
    catalog = DataCatalog.from_config({"store": ENTRY | {"path": f"{scheme}{folder}"}})
    assert not catalog.exists("store")
    store = catalog.load("store")
    assert isinstance(store, FileSystemArtifactStore)
    store.write("file", io.BytesIO(b"content"))
    assert catalog.exists("store")
    assert (folder / "file").read_bytes() == b"content"


def test_a_copy_for_another_process_has_no_credentials_and_reads_them_from_its_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dataset = ArtifactStoreDataset(**BUCKET)
    content = pickle.dumps(dataset.load())
    assert SECRET.encode() not in content
    assert pickle.loads(content)._filesystem.storage_options == {"password": SECRET}
    monkeypatch.setenv(CREDENTIALS, '{"user": "me"}')
    with pytest.raises(InputError, match=f"{CREDENTIALS} .* lacks password: set it"):
        pickle.loads(content)


def test_processes_that_run_already_get_the_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """They take the environment at their start, so this needs two of them."""
    monkeypatch.delenv(CREDENTIALS, raising=False)
    parallel, read = joblib.Parallel(2), joblib.delayed(os.getenv)
    assert parallel(read(CREDENTIALS) for _ in range(2)) == [None, None]
    ArtifactStoreDataset(**BUCKET).load()
    assert parallel(read(CREDENTIALS) for _ in range(2)) == ['{"password": "hunter2"}'] * 2


def check_store(store: Any) -> None:
    for artifacts in (store, pickle.loads(pickle.dumps(store))):
        with pytest.raises(ArtifactNotFound):
            artifacts.open_reader("file")
        artifacts.write("file", io.BytesIO(b"content"))
        with store.open_reader("file") as reader:
            assert reader.read() == b"content"
        artifacts.remove("file")


def test_a_url_gives_a_store_on_its_filesystem() -> None:
    catalog = DataCatalog.from_config({"store": ENTRY | {"path": "memory://bucket/predictions"}})
    assert catalog.exists("store")
    store = catalog.load("store")
    check_store(store)
    with pytest.raises(ArtifactNotFound):
        store.remove("file")
    store.write("file", io.BytesIO(b"content"))
    assert fsspec.filesystem("memory").cat("/bucket/predictions/file") == b"content"
    assert "memory://bucket/predictions" in str(catalog["store"])


@pytest.fixture
def s3() -> Iterator[dict[str, Any]]:
    """Credentials of a server that answers as S3 does, with an empty bucket."""
    server = ThreadedMotoServer(port=0)
    server.start()
    host, port = server.get_host_and_port()
    options = {"key": "me", "secret": SECRET, "endpoint_url": f"http://{host}:{port}"}
    fsspec.filesystem("s3", **options).mkdir("my-bucket")
    yield options
    server.stop()


def test_predictions_are_kept_in_a_bucket_of_s3(
    s3: dict[str, Any], configure: Callable[..., StudyConfiguration]
) -> None:
    entries: Any = {"store": ENTRY | {"path": "s3://my-bucket/predictions", "credentials": "bucket"}}
    catalog = DataCatalog.from_config(entries, {"bucket": s3})
    artifacts = catalog.load("store")
    check_store(artifacts)
    assert SECRET not in str(catalog["store"])
    configuration = configure(n_trials=2)
    studies, store = search_and_keep({"forest": configuration}, InMemoryStorage(), artifacts)
    files = fsspec.filesystem("s3", **s3).ls("my-bucket/predictions")
    assert len(files) == len(store.load(studies["forest"])) == 2


@pytest.mark.parametrize(
    ("path", "reason"),
    [("nofs://bucket", "Protocol not known: nofs"), ("gs://bucket", "Please install")],
)
def test_a_url_of_an_unknown_or_missing_filesystem_is_an_error_of_the_user(
    path: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "gcsfs", None)
    with pytest.raises(DatasetError, match=rf"{path} cannot be created\. {reason}.* Correct `path`"):
        ArtifactStoreDataset(path=path).load()


@pytest.mark.parametrize("entry", [{"path": "data/predictions"}, {"path": "memory://files"}])
def test_the_entry_of_the_catalog_can_be_written_again(entry: dict[str, Any]) -> None:
    config, *_ = DataCatalog({"store": ArtifactStoreDataset(**entry)}).to_config()
    shown = {name: value for name, value in config["store"].items() if value is not None}
    assert shown == ENTRY | entry
    assert DataCatalog.from_config(config).exists("store") is (entry.get("path") != "data/predictions")


@pytest.mark.parametrize("name", ["params", "credentials"])
def test_a_folder_has_no_arguments(name: str) -> None:
    arguments: dict[str, Any] = {"path": "data/predictions", name: {"key": "mine"}}
    with pytest.raises(DatasetError, match="folder takes no `params`"):
        ArtifactStoreDataset(**arguments)


def test_a_store_is_not_saved(tmp_path: Path) -> None:
    dataset: Any = ArtifactStoreDataset(path=str(tmp_path))
    with pytest.raises(DatasetError, match="as an input of a node, not as an output"):
        dataset.save(dataset.load())
