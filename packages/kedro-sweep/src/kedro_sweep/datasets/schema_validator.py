"""Check rows to predict against the schema of the rows that the model was trained on."""

import logging
from collections.abc import Iterable
from typing import Any

import fsspec
import pandas as pd
from kedro.io import DataCatalog
from kedro.validation import CheckFailure, DataValidationError

from kedro_sweep.datasets.model_dataset import ModelDataset
from kedro_sweep.tables import Mismatch, check_rows, judge

logger = logging.getLogger(__name__)


class SchemaValidator:
    """A validator for the catalog that reads its Pandera schema from a file.

    Example `catalog.yml` entry::

        new_samples:
          type: pandas.CSVDataset
          filepath: data/01_raw/new_samples.csv
          validator:
            class: kedro_sweep.datasets.schema_validator.SchemaValidator
            on: [load]
            options: {filepath: data/06_models/schema.yml}
    """

    def __init__(self, filepath: str, version: str | None = None) -> None:
        """Set up the schema file.

        Args:
            filepath: A Pandera YAML file, or the folder of a versioned one.
            version: Version of the schema. None for the newest, or for that of the model that the run
                loads (see `pin_schemas`).
        """
        self._filepath = filepath
        self._version = version

    def validate(self, data: pd.DataFrame) -> pd.DataFrame:
        """Convert rows to the types of the schema, and log a warning for values new since training."""
        rows, doubts = self.check(data)
        decide(doubts)
        return rows

    def check(self, piece: pd.DataFrame) -> tuple[pd.DataFrame, list[Mismatch]]:
        """Convert a piece of a table, and list what only all rows can `decide`."""
        if piece.empty:
            raise _fail(CheckFailure("the table has no rows"))
        rows, errors, doubts = check_rows(piece, self.read())
        if errors:
            raise _fail(*map(_describe, errors))
        return rows, doubts

    def read(self) -> str:
        """Read the schema, in Pandera's YAML format."""
        files, path = self._find(self._version)
        try:
            return files.cat_file(path).decode()  # type: ignore[no-any-return]
        except (FileNotFoundError, IsADirectoryError) as error:
            of_version = f" of version {self._version}" if self._version else ""
            problem = f"there is no schema{of_version} in {self._filepath}: train the model again"
            raise _fail(CheckFailure(problem)) from error

    def has(self, version: str) -> bool:
        """Check whether there is a schema for a version of the model."""
        files, path = self._find(self._version or version)
        return bool(files.isfile(path))

    def _find(self, version: str | None) -> tuple[Any, str]:
        """Find the file, or the folder if it has no such version."""
        files, path = fsspec.url_to_fs(self._filepath)
        if files.isdir(path):
            name = path.rstrip("/").rpartition("/")[2]
            found = sorted(files.glob(f"{path}/{version or '*'}/{name}"))
            path = found[-1] if found else path
        return files, path


def decide(doubts: Iterable[Mismatch]) -> None:
    """Refuse rows that tell the model nothing in some column, and log a warning for other doubts."""
    errors, warnings = judge(doubts)
    if errors:
        raise _fail(*map(_describe, errors))
    for found in warnings:
        examples = ", ".join(found.list_examples())
        logger.warning("%s: %s — rows: %d (%s)", found.column, found.problem, found.count, examples)


CLASS_PATH = f"{SchemaValidator.__module__}.{SchemaValidator.__name__}"


def pin_schemas(catalog: DataCatalog, model: ModelDataset) -> str:
    """Choose the version of the model that will predict, and set it for every `SchemaValidator`."""
    specs = [spec for spec in catalog.validator_specs.values() if spec.class_path == CLASS_PATH]
    validators = [SchemaValidator(**spec.options) for spec in specs]
    version = model.choose_version(lambda version: all(found.has(version) for found in validators))
    for spec in specs:
        spec.options.setdefault("version", version)
    return version


def find_validator(catalog: DataCatalog, name: str) -> SchemaValidator | None:
    """Find the validator of a dataset, unless it is one of the user's own."""
    spec = catalog.validator_specs.get(name)
    return SchemaValidator(**spec.options) if spec and spec.class_path == CLASS_PATH else None


def find_schema(catalog: DataCatalog, name: str) -> str | None:
    """Find the schema of a dataset."""
    validator = find_validator(catalog, name)
    return validator.read() if validator else None


def _describe(error: Mismatch) -> CheckFailure:
    count, examples = max(1, error.count), error.list_examples()
    return CheckFailure(
        error.problem, column=error.column, failure_count=count, failure_examples=examples
    )


def _fail(*failures: CheckFailure) -> DataValidationError:
    return DataValidationError("The rows do not fit the schema", failures=[*failures])
