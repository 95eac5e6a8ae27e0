"""The trained model: a pickle per version, loaded only if the scikit-learn version matches its card."""

import json
import logging
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version as find_installed
from typing import Any

from kedro.io import DatasetError, Version
from kedro.io.core import VersionNotFoundError, get_filepath_str
from kedro_datasets.pickle import PickleDataset
from packaging.version import parse

from kedro_sweep.datasets import portable_pickle
from kedro_sweep.errors import InputError

logger = logging.getLogger(__name__)

LIBRARY = "scikit-learn"


class ModelDataset(PickleDataset):  # type: ignore[misc]  # kedro-datasets is not typed
    """A versioned pickle that is loaded only after checking its card, a JSON file of the same version.

    The card of `model.pkl` is `model_card.json`, as `make_model_card` makes it. The major and minor
    version of scikit-learn must be the one on the card.

    Example `catalog.yml` entry::

        model:
          type: kedro_sweep.datasets.model_dataset.ModelDataset
          filepath: data/06_models/model.pkl
          versioned: true
    """

    _version: Version

    def __init__(
        self,
        *,
        filepath: str,
        allow_other_versions: bool = False,
        backend: str = portable_pickle.__name__,
        version: Version | None = None,
        credentials: dict[str, Any] | None = None,
        fs_args: dict[str, Any] | None = None,
        metadata: dict[str, Any] | None = None,
    ) -> None:
        """Set up the file; see kedro-datasets' `PickleDataset`.

        Args:
            filepath: Path of the pickle, local or on any fsspec filesystem.
            allow_other_versions: Whether to load a model trained with another version of scikit-learn.
            backend: The module that reads and writes the pickle, such as `joblib`. By default, the model
                also loads where this library is not installed.
            version: Versions to load and save. Kedro sets it if the entry has `versioned: true`.
            credentials: Credentials for the filesystem.
            fs_args: Other arguments of the filesystem.
            metadata: Ignored by Kedro; for users and plugins.
        """
        places = {"filepath": filepath, "version": version, "credentials": credentials}
        super().__init__(**places, backend=backend, fs_args=fs_args, metadata=metadata)
        if not self._version:
            raise DatasetError("A ModelDataset needs `versioned: true`, to give each model its card.")
        self.allow_other_versions = allow_other_versions

    def find_version(self) -> str:
        """Find the version that `load` would read."""
        try:
            version = str(self.resolve_load_version())
        except VersionNotFoundError as error:
            raise InputError(
                f"There is no model in {self._filepath}: train one with `kedro run`."
            ) from error
        versions = self.list_versions(full_path=False)
        if version not in versions:
            raise InputError(
                f"There is no model of version '{version}' in {self._filepath}. "
                f"The newest of {len(versions)} versions: {', '.join(versions[:5]) or 'none'}."
            )
        return version

    def choose_version(self, has_schema: Callable[[str], bool]) -> str:
        """Choose the newest version that is complete, unless another one is requested, for `load`.

        A run that is killed after it has saved the model leaves it without a card or a schema.
        """
        newest = self.find_version()
        versions = [] if self._version.load else [*map(str, self.list_versions(full_path=False))]
        complete = (name for name in versions if self._has_card(name) and has_schema(name))
        if (version := next(complete, None)) is None:
            return newest
        if skipped := versions[: versions.index(version)]:
            logger.warning(
                "Skipped the model of %s, without a card or a schema because its run has not finished: "
                "using version %s.",
                " and ".join(skipped),
                version,
            )
        self._version = Version(version, self._version.save)
        return version

    def load(self) -> Any:
        """Load the model, unless it was trained with another version of scikit-learn."""
        version = self.find_version()
        if version != self._version.save:  # the run that trains a model saves its card last
            trained, installed = self._read_trained_with(version), find_installed(LIBRARY)
            is_other = parse(trained).release[:2] != parse(installed).release[:2]
            if is_other and not self.allow_other_versions:
                raise InputError(
                    f"The model of version {version} was trained with {LIBRARY} {trained}, and "
                    f"{installed} is installed: install {LIBRARY}=={trained}, train again, or set "
                    "`allow_other_versions: true` for the model in conf/base/catalog.yml "
                    "(`--allow-other-versions` of `kedro sweep predict`)."
                )
        return super().load()

    def _has_card(self, version: str) -> bool:
        with suppress(InputError):
            return bool(self._read_trained_with(version))
        return False

    def _read_trained_with(self, version: str) -> str:
        name = f"{self._filepath.stem}_card.json"
        path = self._filepath.with_name(name) / version / name
        try:
            content = self._fs.cat_file(get_filepath_str(path, self._protocol))
        except FileNotFoundError as error:
            raise InputError(
                f"The model of version {version} has no card ({path}) because the run that trained it "
                "has not finished: wait for it, train again with `kedro run`, or choose another version."
            ) from error
        try:
            trained: str = json.loads(content)["versions"][LIBRARY]
            parse(trained)
        except (ValueError, LookupError, TypeError) as error:
            raise InputError(
                f"{path} is damaged, or does not say which {LIBRARY} trained the model: train again "
                "with `kedro run`, or choose another version."
            ) from error
        return trained
