"""The storage of Optuna studies as a catalog entry."""

from pathlib import Path
from typing import Any, NoReturn

import optuna
from kedro.io import AbstractDataset, DatasetError
from optuna.storages import BaseStorage

from kedro_sweep.errors import InputError
from kedro_sweep.search import open_journal


class OptunaStorageDataset(AbstractDataset[NoReturn, BaseStorage]):
    """Gives a node the Optuna storage to search in; Optuna itself writes to it, trial by trial.

    Example `catalog.yml` entries, for a journal file (the default) and for a database::

        study_storage:
          type: kedro_sweep.datasets.optuna_storage_dataset.OptunaStorageDataset
          filepath: data/07_model_output/studies.journal

        study_storage:
          type: kedro_sweep.datasets.optuna_storage_dataset.OptunaStorageDataset
          credentials: study_database   # in credentials.yml: {url: "postgresql://user:word@host/name"}
    """

    def __init__(
        self,
        *,
        filepath: str | None = None,
        credentials: dict[str, str] | None = None,
        engine_kwargs: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Set up a file or a database.

        Args:
            filepath: Path of a journal file on this machine; created on first load.
            credentials: A dictionary whose `url` is an SQLAlchemy database URL.
            engine_kwargs: Arguments of SQLAlchemy's `create_engine`.
            metadata: Ignored by Kedro; for users and plugins.

        Raises:
            DatasetError: If both or neither of `filepath` and `credentials` are given, or the
                credentials contain anything but a `url`.
        """
        if (filepath is None) == (credentials is None):
            raise DatasetError(
                "OptunaStorageDataset takes either `filepath` (a journal file) or `credentials` with "
                "a database `url`: give exactly one."
            )
        if credentials is not None and set(credentials) != {"url"}:
            raise DatasetError(
                f"The credentials of OptunaStorageDataset have the keys {sorted(credentials)}: "
                "give only `url`, such as postgresql://user:password@host/database."
            )
        self._filepath = Path(filepath) if filepath is not None else None
        self._url = credentials["url"] if credentials is not None else ""
        self._engine_kwargs = engine_kwargs or {}
        self.metadata = metadata

    def load(self) -> BaseStorage:
        """Open the storage, and create it if there is none.

        Returns:
            The storage.

        Raises:
            InputError: If the database cannot be reached. Kedro turns it into a DatasetError.
        """
        if self._filepath is not None:
            self._filepath.parent.mkdir(parents=True, exist_ok=True)
            return open_journal(str(self._filepath))
        from sqlalchemy.exc import SQLAlchemyError  # noqa: PLC0415

        try:
            return optuna.storages.RDBStorage(self._url, engine_kwargs=self._engine_kwargs)
        except (ImportError, SQLAlchemyError) as error:
            reason = str(error.__cause__ or error).strip().splitlines()[0]
            raise InputError(
                f"The database of the studies cannot be opened. {reason}\nStart it, install its driver, "
                "or correct the `url` of its credentials."
            ) from error

    def save(self, data: NoReturn) -> None:
        """Raise an error: a storage cannot be replaced by saving.

        Args:
            data: Whatever a node returned.

        Raises:
            DatasetError: Always.
        """
        raise DatasetError(
            "An Optuna storage is written by Optuna, trial by trial: use it as an input of a node, "
            "not as an output."
        )

    def _exists(self) -> bool:
        return self._filepath is None or self._filepath.exists()

    def _describe(self) -> dict[str, Any]:
        # The URL may contain a password.
        return {"filepath": str(self._filepath) if self._filepath else None}
