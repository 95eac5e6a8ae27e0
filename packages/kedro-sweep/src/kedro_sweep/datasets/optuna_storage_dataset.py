"""The storage of Optuna studies as a catalog entry."""

import os
from pathlib import Path
from typing import Any, NoReturn

from kedro.io import AbstractDataset, DatasetError
from optuna.storages import BaseStorage

from kedro_sweep.errors import InputError
from kedro_sweep.search import open_database, open_journal


class OptunaStorageDataset(AbstractDataset[NoReturn, BaseStorage]):
    """Gives a node the Optuna storage to search in; Optuna itself writes to it, trial by trial.

    Example `catalog.yml` entry, with a journal file (the default) or a database::

        study_storage:
          type: kedro_sweep.datasets.optuna_storage_dataset.OptunaStorageDataset
          filepath: data/07_model_output/studies.journal
          # credentials: study_database   # in credentials.yml: {url: "postgresql://user:word@host/name"}
          # url_variable: STUDY_DATABASE_URL   # an environment variable of the machine

    Any number of machines can share PostgreSQL. SQLite, like any other database, is for one run at a
    time.
    """

    def __init__(
        self,
        *,
        filepath: str | None = None,
        credentials: dict[str, str] | None = None,
        url_variable: str | None = None,
        engine_kwargs: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Set up a file or a database.

        Args:
            filepath: Path of a journal file on this machine; created on first load.
            credentials: A dictionary whose `url` is an SQLAlchemy database URL.
            url_variable: The environment variable that contains such a URL.
            engine_kwargs: Arguments of SQLAlchemy's `create_engine`.
            metadata: Ignored by Kedro; for users and plugins.
        """
        if [filepath, credentials, url_variable].count(None) != 2:
            raise DatasetError(
                "OptunaStorageDataset takes either `filepath` (a journal file) or `credentials` with a "
                "database `url` or `url_variable` (an environment variable): give exactly one."
            )
        if credentials is not None and set(credentials) != {"url"}:
            raise DatasetError(
                f"The credentials of OptunaStorageDataset have the keys {sorted(credentials)}: "
                "give only `url`, such as postgresql://user:password@host/database."
            )
        if filepath is not None and "://" in filepath:
            raise DatasetError(  # without the rest of the URL, which may contain a password
                f"The filepath of OptunaStorageDataset begins with {filepath.partition('://')[0]}://, "
                "but a journal is a file on this machine: give its path. To share studies, use a "
                "database, with `credentials` or `url_variable`."
            )
        self._filepath = Path(filepath) if filepath is not None else None
        self._url = credentials["url"] if credentials is not None else ""
        self._url_variable = url_variable
        self._engine_kwargs = engine_kwargs or {}
        self.metadata = metadata

    def load(self) -> BaseStorage:
        """Open the storage, and create it if there is none."""
        if self._filepath is not None:
            self._filepath.parent.mkdir(parents=True, exist_ok=True)
            return open_journal(str(self._filepath))
        url = self._url if self._url_variable is None else os.environ.get(self._url_variable, "")
        if self._url_variable is not None and not url:
            raise InputError(
                f"The environment variable {self._url_variable} is not set: set it to the URL of the "
                "database of the studies, postgresql://user:password@host/database."
            )
        return open_database(url, self._engine_kwargs)

    def save(self, data: NoReturn) -> None:
        """Raise an error: a storage cannot be replaced by saving."""
        raise DatasetError(
            "An Optuna storage is written by Optuna, trial by trial: use it as an input of a node, "
            "not as an output."
        )

    def _exists(self) -> bool:
        return self._filepath is None or self._filepath.exists()

    def _describe(self) -> dict[str, Any]:
        filepath = str(self._filepath) if self._filepath else None
        return {"filepath": filepath, "url_variable": self._url_variable}  # a URL may have a password
