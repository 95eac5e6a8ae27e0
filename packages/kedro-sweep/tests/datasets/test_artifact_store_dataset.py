"""The store of predictions as a catalog entry."""

import io
import pickle
from pathlib import Path
from threading import Lock
from typing import Any, BinaryIO, ClassVar

import pytest
from kedro.io import DataCatalog, DatasetError
from optuna.artifacts import FileSystemArtifactStore

from kedro_sweep.datasets.artifact_store_dataset import ArtifactStoreDataset
from kedro_sweep.errors import InputError

SECRET = "hunter2"
ENTRY = {"type": f"{ArtifactStoreDataset.__module__}.ArtifactStoreDataset"}


class Bucket:
    """A custom store whose client cannot be copied to another process."""

    contents: ClassVar[dict[str, bytes]] = {}

    def __init__(self, name: str, password: str) -> None:
        """Connect."""
        self.prefix = f"{name}/{password}/"
        self.client = Lock()

    def open_reader(self, artifact_id: str) -> BinaryIO:
        """Read."""
        return io.BytesIO(self.contents[self.prefix + artifact_id])

    def write(self, artifact_id: str, content_body: BinaryIO) -> None:
        """Write."""
        self.contents[self.prefix + artifact_id] = content_body.read()

    def remove(self, artifact_id: str) -> None:
        """Remove."""
        del self.contents[self.prefix + artifact_id]


BUCKET = {"class": f"{__name__}.Bucket", "params": {"name": "mine"}}


def test_a_folder_gives_a_store_of_files(tmp_path: Path) -> None:
    folder = tmp_path / "new/folder"
    catalog = DataCatalog.from_config({"store": ENTRY | {"path": str(folder)}})
    assert not catalog.exists("store")
    store = catalog.load("store")
    assert isinstance(store, FileSystemArtifactStore)
    store.write("file", io.BytesIO(b"content"))
    assert catalog.exists("store")
    assert (folder / "file").read_bytes() == b"content"


def test_a_class_gives_another_store_with_its_arguments_and_credentials() -> None:
    entries: Any = {"store": ENTRY | BUCKET | {"credentials": "bucket"}}
    catalog = DataCatalog.from_config(entries, {"bucket": {"password": SECRET}})
    assert catalog.exists("store")
    store = catalog.load("store")
    for number, copied in enumerate((store, pickle.loads(pickle.dumps(store)))):
        copied.write("file", io.BytesIO(bytes([number])))
        assert Bucket.contents == {f"mine/{SECRET}/file": bytes([number])}
        assert store.open_reader("file").read() == bytes([number])
    store.remove("file")
    assert Bucket.contents == {}
    for text in (str(catalog["store"]), repr(catalog["store"]), str(catalog), repr(catalog)):
        assert SECRET not in text


@pytest.mark.parametrize("entry", [{"path": "data/predictions"}, BUCKET])
def test_the_entry_of_the_catalog_can_be_written_again(entry: dict[str, Any]) -> None:
    config, *_ = DataCatalog({"store": ArtifactStoreDataset(**entry)}).to_config()
    shown = {name: value for name, value in config["store"].items() if value is not None}
    assert shown == ENTRY | entry
    assert DataCatalog.from_config(config).exists("store") is ("class" in entry)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, r"either `path` .* or `class`"),
        (BUCKET | {"path": "data/predictions"}, r"either `path` .* or `class`"),
        ({"path": "data/predictions", "params": {"name": "mine"}}, "takes no `params`"),
        (BUCKET | {"filepath": "data"}, "has no argument filepath: remove it"),
    ],
)
def test_what_does_not_go_together_is_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        ArtifactStoreDataset(**arguments)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (
            {"class": "no_such.Store"},
            r"no_such\.Store cannot be created\. 'no_such\.Store' cannot be impor",
        ),
        ({"class": f"{__name__}.Bucket"}, r"cannot be created\. .*missing 2 required .*\. Correct"),
        ({"class": "collections.OrderedDict"}, r"cannot be created\. It is not an artifact store"),
    ],
)
def test_a_class_that_cannot_be_used_is_an_error_of_the_user(
    entry: dict[str, Any], message: str
) -> None:
    with pytest.raises(DatasetError, match=message) as caught:
        ArtifactStoreDataset(**entry).load()
    assert isinstance(caught.value.__cause__, InputError)


def test_a_store_is_not_saved(tmp_path: Path) -> None:
    dataset: Any = ArtifactStoreDataset(path=str(tmp_path))
    with pytest.raises(DatasetError, match="as an input of a node, not as an output"):
        dataset.save(dataset.load())
