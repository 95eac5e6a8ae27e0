"""The store of Optuna artifacts as a catalog entry."""

import io
import json
import os
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import fsspec
from joblib.externals.loky import get_reusable_executor
from kedro.io import AbstractDataset, DatasetError

from kedro_sweep.errors import InputError

# The environment variable with the credentials of the store, for worker processes.
CREDENTIALS = "PREDICTION_CREDENTIALS"


class ArtifactStoreDataset(AbstractDataset[NoReturn, Any]):
    """Gives a node Optuna's artifact store, to which the predictions of trials are written one by one.

    Example `catalog.yml` entry::

        prediction_store:
          type: kedro_sweep.datasets.artifact_store_dataset.ArtifactStoreDataset
          path: data/07_model_output/predictions
          # path: s3://my-bucket/predictions   # any filesystem of fsspec, here s3fs
          # credentials: prediction_bucket     # its arguments, in credentials.yml
    """

    def __init__(
        self,
        *,
        path: str,
        params: dict[str, Any] | None = None,
        credentials: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Set up a folder or a bucket.

        Args:
            path: Path of a folder on this machine, which is created on first load, or an fsspec URL.
            params: Arguments of the filesystem of the URL.
            credentials: Further arguments, which are never shown.
            metadata: Ignored by Kedro; for users and plugins.
        """
        folder = path.removeprefix("file://")
        is_folder = "://" not in folder
        if is_folder and (params or credentials):
            raise DatasetError(
                "ArtifactStoreDataset with the `path` of a folder takes no `params` and no "
                "`credentials`: they are arguments of the filesystem of a URL, such as s3://my-bucket."
            )
        self._path = path
        self._folder = Path(folder) if is_folder else None
        self._params = params or {}
        self._credentials = credentials or {}
        self.metadata = metadata

    def load(self) -> Any:
        """Return the store, and create its folder if there is none."""
        if self._folder is not None:
            # Not at the top, because it imports a cloud client if one is installed.
            from optuna.artifacts import FileSystemArtifactStore  # noqa: PLC0415

            self._folder.mkdir(parents=True, exist_ok=True)
            return FileSystemArtifactStore(self._folder)
        # Worker processes of this machine find the credentials in the environment.
        text = json.dumps(self._credentials)
        if self._credentials and os.environ.get(CREDENTIALS) != text:
            os.environ[CREDENTIALS] = text
            get_reusable_executor().shutdown()  # those that are running know others, or none
        try:
            return _Bucket(self._path, self._params, self._credentials)
        except (ValueError, TypeError, ImportError) as error:
            reason = str(error).strip().partition("\n")[0].rstrip(".")
            raise InputError(
                f"The artifact store {self._path} cannot be created. {reason}. Correct `path` or "
                "`params`, or install the packages that it needs."
            ) from error

    def save(self, data: NoReturn) -> None:
        """Raise an error: a store cannot be replaced by saving."""
        raise DatasetError(
            "An artifact store is written file by file: use it as an input of a node, not as an output."
        )

    def _exists(self) -> bool:
        return self._folder is None or self._folder.exists()

    def _describe(self) -> dict[str, Any]:
        return {"path": self._path}  # the arguments may include a secret


def _open_copy(url: str, params: dict[str, Any], needed: list[str]) -> "_Bucket":
    credentials = json.loads(os.environ.get(CREDENTIALS, "{}"))
    if missing := sorted(set(needed).difference(credentials)):
        raise InputError(
            f"{CREDENTIALS} in the environment of a worker process lacks {', '.join(missing)}: set it "
            "to the credentials of the prediction store, as JSON."
        )
    return _Bucket(url, params, {name: credentials[name] for name in needed})


class _Bucket:
    """An artifact store on any filesystem of fsspec: one file per artifact, written and read at once.

    Each worker process opens it for itself, because cloud clients cannot be copied. A copy contains no
    credentials, because it may be sent to other machines.
    """

    def __init__(self, url: str, params: dict[str, Any], credentials: dict[str, Any]) -> None:
        self._copy = url, params, [*credentials]
        self._filesystem, self._root = fsspec.url_to_fs(url, **params | credentials)

    def __reduce__(self) -> tuple[Any, ...]:
        return _open_copy, self._copy

    def open_reader(self, artifact_id: str) -> BinaryIO:
        return io.BytesIO(self._call("cat_file", artifact_id))

    def write(self, artifact_id: str, content_body: BinaryIO) -> None:
        # Without `_call`: a missing bucket is no missing artifact.
        self._filesystem.pipe_file(self._locate(artifact_id), content_body.read())

    def remove(self, artifact_id: str) -> None:
        self._call("rm_file", artifact_id)

    def _locate(self, artifact_id: str) -> str:
        return f"{self._root.rstrip('/')}/{artifact_id}"

    def _call(self, method: str, artifact_id: str) -> Any:
        from optuna.artifacts.exceptions import ArtifactNotFound  # noqa: PLC0415

        try:
            return getattr(self._filesystem, method)(self._locate(artifact_id))
        except FileNotFoundError as error:  # some filesystems do not tell
            raise ArtifactNotFound(artifact_id) from error
