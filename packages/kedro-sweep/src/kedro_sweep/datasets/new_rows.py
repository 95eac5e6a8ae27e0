"""Predict with any model version and any file instead of those that the catalog names for inference."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from kedro.io import AbstractDataset, DataCatalog, MemoryDataset, Version
from kedro.pipeline import Pipeline
from kedro.runner import SequentialRunner
from kedro.validation import CheckFailure, DataValidationError

from kedro_sweep import tables
from kedro_sweep.datasets import schema_validator as schemas
from kedro_sweep.datasets.model_dataset import ModelDataset
from kedro_sweep.datasets.pieces import CSV, EXCEL, NEW_ROWS, PARQUET, add_types, read_pieces
from kedro_sweep.datasets.schema_validator import SchemaValidator, find_schema, pin_schemas
from kedro_sweep.errors import InputError
from kedro_sweep.text import count

MODEL, PREDICTIONS = "model", "predictions"
FORMATS = {".csv": CSV, ".parquet": PARQUET, ".xlsx": EXCEL}
FORMATS_READ = FORMATS | {".tsv": CSV, ".txt": CSV}
# Arguments that select part of the table for training. Rows to predict may not have the target column.
OF_TRAINING = {"usecols", "nrows", "columns", "filters"}
# More would hide the first ones.
MAX_FAILURES = 20


def choose_model(
    catalog: DataCatalog, version: str | None, *, allow_other_versions: bool
) -> tuple[ModelDataset, str]:
    """Choose a version of the model, and the schema that goes with it."""
    model = catalog.get(MODEL, version=Version(version, None))
    if not isinstance(model, ModelDataset):
        raise InputError(
            f"The entry '{MODEL}' in conf/base/catalog.yml is missing, or its type is not "
            f"{ModelDataset.__module__}.{ModelDataset.__name__}: correct it."
        )
    model.allow_other_versions |= allow_other_versions
    return model, pin_schemas(catalog, model)


def describe_rows(
    catalog: DataCatalog, file: Path, load_args: dict[str, Any] | None = None
) -> dict[str, Any]:
    """Describe a file of raw rows as a catalog entry that is read and checked like the catalog's own."""
    entry = describe_file(file, FORMATS_READ, tables.find_suffix(file))
    given = find_arguments(catalog, "raw", "load_args", entry["type"])
    if given is not None:
        given = {name: value for name, value in given.items() if name not in OF_TRAINING}
    chosen = tables.join_arguments({}, load_args or {})
    args = None if given is None and not chosen else tables.join_arguments(given or {}, chosen)
    if entry["type"] != PARQUET:  # in other formats, a column of text can look like numbers
        schema = find_schema(catalog, NEW_ROWS)
        texts, numbers = tables.list_columns(schema) if schema else ([], None)
        if entry["type"] == CSV:
            args = tables.find_format(file, args, texts, numbers, chosen)
        args = add_types(args or {}, dict.fromkeys(texts, "str"))
    spec = catalog.validator_specs.get(NEW_ROWS)
    described = {"load_args": args or {}, "name": str(file)}
    return entry | described | {"validator": spec.to_config() if spec else None}


def read_rows(entry: dict[str, Any]) -> Iterator[pd.DataFrame]:
    """Read the rows of a file in pieces, and check them."""
    checked = {"type": "MemoryDataset", "copy_mode": "assign", "validator": entry["validator"]}
    catalog = DataCatalog.from_config({NEW_ROWS: checked})
    dataset: Any = catalog[NEW_ROWS]
    validator, doubts = schemas.find_validator(catalog, NEW_ROWS), list[tables.Mismatch]()
    try:
        for piece in read_pieces(entry):
            if validator:
                rows, found = validator.check(piece)
                doubts += found
            else:  # the user's own, or none
                dataset.save(piece)
                rows = catalog.load(NEW_ROWS)
            yield rows
        schemas.decide(doubts)
    except DataValidationError as error:
        if not error.failures:
            raise
        shown = [*map(_describe_failure, error.failures[:MAX_FAILURES])]
        if more := len(error.failures) - len(shown):
            shown.append(f"and {more} more")
        # Name the file instead of the catalog entry.
        raise InputError("\n  - ".join([f"{entry['name']} does not fit the model:", *shown])) from error


@dataclass
class Tally:
    """Counts the rows that pass, and the values of the features that are described, if any."""

    described: dict[str, dict[str, Any]]
    rows: int = 0
    counts: dict[str, Any] = field(default_factory=dict)
    new: dict[str, int] = field(default_factory=dict)

    def watch(self, pieces: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        """Count the rows of pieces while they are used."""
        for piece in pieces:
            self.rows += len(piece)
            for name, described in self.described.items():
                values = piece[name]
                self.counts[name] = self.counts.get(name, 0) + tables.count_values(values, described)
                if (categories := described["categories"]) is not None:
                    is_new = values.notna() & ~values.isin(categories)
                    self.new[name] = self.new.get(name, 0) + int(is_new.sum())
            yield piece

    def measure_shifts(self) -> list[tables.Shift]:
        """Compare what was counted with the training rows."""
        training = {name: np.array(each["counts"], float) for name, each in self.described.items()}
        return tables.measure_shifts(training, self.counts)


def describe_training(catalog: DataCatalog) -> dict[str, dict[str, Any]]:
    """Describe the training rows of the model, to compare new rows with them."""
    if (schema := find_schema(catalog, NEW_ROWS)) is None:
        raise InputError(
            f"--drift: '{NEW_ROWS}' in conf/base/catalog.yml has no {SchemaValidator.__name__} as its "
            "validator, whose schema describes the training rows: add it."
        )
    return tables.read_training(schema)


def predict_rows(
    pipeline: Pipeline, catalog: DataCatalog, model: AbstractDataset[Any, Any], rows: pd.DataFrame
) -> pd.DataFrame:
    """Run a pipeline from `model` and `new_samples` to `predictions`, without recording a run."""
    own: dict[str, Any] = {MODEL: model, NEW_ROWS: MemoryDataset(rows), PREDICTIONS: MemoryDataset()}
    others = {name: catalog[name] for name in pipeline.datasets() - own.keys() if name in catalog}
    memory = DataCatalog({**others, **own})
    SequentialRunner().run(pipeline, memory)
    predictions: pd.DataFrame = memory.load(PREDICTIONS)
    return predictions


def _describe_failure(failure: CheckFailure) -> str:
    column = f"{failure.column}: " if failure.column else ""
    examples = ", ".join(map(str, failure.failure_examples))
    rows = f" — {count(failure.failure_count, 'case')} (e.g. {examples})" if examples else ""
    return f"{column}{failure.check or failure.message}{rows}"


def describe_file(file: Path, formats: dict[str, str], suffix: str) -> dict[str, Any]:
    """Describe a file as a catalog entry."""
    if suffix not in formats:
        raise InputError(f"{file} has an unknown format: name a file that ends in {', '.join(formats)}.")
    return {"type": formats[suffix], "filepath": str(file.absolute())}


def find_arguments(catalog: DataCatalog, name: str, arguments: str, kind: str) -> dict[str, Any] | None:
    """Find the arguments of an entry; None if it has another format."""
    entry = catalog.to_config()[0].get(name, {"type": ""})
    if not entry["type"].endswith(kind.rpartition(".")[2]):
        return None
    return dict(entry.get(arguments) or {})
