"""Optuna artifacts in a bucket, or on any other filesystem of fsspec."""

import io
from typing import Any, BinaryIO

import fsspec
from optuna.artifacts.exceptions import ArtifactNotFound


class Bucket:
    """An artifact store: one file per artifact, written and read at once."""

    def __init__(self, url: str, **options: Any) -> None:
        """Set up the store.

        Args:
            url: Such as `s3://my-bucket/predictions`.
            **options: Arguments of the filesystem, such as the `key` and `secret` of s3fs.
        """
        self._filesystem, self._root = fsspec.url_to_fs(url, **options)

    def _find(self, artifact_id: str) -> str:
        return f"{self._root.rstrip('/')}/{artifact_id}"

    def open_reader(self, artifact_id: str) -> BinaryIO:
        """Open an artifact; see Optuna's protocol of an artifact store."""
        try:
            return io.BytesIO(self._filesystem.cat_file(self._find(artifact_id)))
        except FileNotFoundError as error:
            raise ArtifactNotFound(artifact_id) from error

    def write(self, artifact_id: str, content_body: BinaryIO) -> None:
        """Write an artifact."""
        self._filesystem.pipe_file(self._find(artifact_id), content_body.read())

    def remove(self, artifact_id: str) -> None:
        """Remove an artifact; some filesystems do not tell if it is missing."""
        try:
            self._filesystem.rm_file(self._find(artifact_id))
        except FileNotFoundError as error:
            raise ArtifactNotFound(artifact_id) from error
