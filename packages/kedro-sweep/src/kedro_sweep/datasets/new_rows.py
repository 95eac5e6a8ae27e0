"""Predict with any model version and any file instead of those that the catalog names for inference."""

import os
from pathlib import Path
from typing import Any

import pandas as pd
from kedro.io import DataCatalog, MemoryDataset, Version
from kedro.pipeline import Pipeline
from kedro.runner import SequentialRunner
from kedro.validation import CheckFailure, DataValidationError

from kedro_sweep.datasets.model_dataset import ModelDataset
from kedro_sweep.datasets.schema_validator import find_schema, pin_schemas
from kedro_sweep.errors import InputError
from kedro_sweep.platforms import replace
from kedro_sweep.tables import find_format, find_suffix, list_columns
from kedro_sweep.text import count

MODEL, NEW_ROWS, PREDICTIONS = "model", "new_samples", "predictions"
CSV, PARQUET, EXCEL = "pandas.CSVDataset", "pandas.ParquetDataset", "pandas.ExcelDataset"
FORMATS = {".csv": CSV, ".parquet": PARQUET, ".xlsx": EXCEL}
FORMATS_READ = FORMATS | {".tsv": CSV, ".txt": CSV}
# Arguments that select part of the table for training. Rows to predict may not have the target column.
OF_TRAINING = {"usecols", "nrows"}
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


def load_rows(catalog: DataCatalog, file: Path, load_args: dict[str, Any] | None = None) -> pd.DataFrame:
    """Load a file of raw rows, and check it the way the catalog would check its own file."""
    entry = _describe_file(file, FORMATS_READ, find_suffix(file))
    given = _find_arguments(catalog, "raw", "load_args", entry["type"])
    args = None if given is None and not load_args else (given or {}) | (load_args or {})
    if entry["type"] != PARQUET:  # in other formats, a column of text can look like numbers
        schema = find_schema(catalog, NEW_ROWS)
        texts, numbers = list_columns(schema) if schema else ([], None)
        if entry["type"] == CSV:
            args = find_format(file, args, texts, numbers)
        args = args or {}
        dtype = args.get("dtype") or {}
        if isinstance(dtype, dict):  # otherwise it is one type for all columns
            args = args | {"dtype": dtype | dict.fromkeys(texts, "str")}
    entry["load_args"] = args or {}
    if spec := catalog.validator_specs.get(NEW_ROWS):
        entry["validator"] = spec.to_config()
    try:
        rows: pd.DataFrame = DataCatalog.from_config({NEW_ROWS: entry}).load(NEW_ROWS)
    except DataValidationError as error:
        if not error.failures:
            raise
        shown = [*map(_describe_failure, error.failures[:MAX_FAILURES])]
        if more := len(error.failures) - len(shown):
            shown.append(f"and {more} more")
        # Name the file instead of the catalog entry.
        raise InputError("\n  - ".join([f"{file} does not fit the model:", *shown])) from error
    return rows


def predict_rows(
    pipeline: Pipeline, catalog: DataCatalog, model: ModelDataset, rows: pd.DataFrame
) -> pd.DataFrame:
    """Run a pipeline from `model` and `new_samples` to `predictions`, without recording a run."""
    own: dict[str, Any] = {MODEL: model, NEW_ROWS: MemoryDataset(rows), PREDICTIONS: MemoryDataset()}
    others = {name: catalog[name] for name in pipeline.datasets() - own.keys() if name in catalog}
    memory = DataCatalog({**others, **own})
    SequentialRunner().run(pipeline, memory)
    predictions: pd.DataFrame = memory.load(PREDICTIONS)
    return predictions


def save_predictions(catalog: DataCatalog, predictions: pd.DataFrame, file: Path) -> None:
    """Write the predictions to a file in one step."""
    part = file.with_name(f".{os.getpid()}.{file.name}")
    entry = _describe_file(file, FORMATS, file.suffix.lower()) | {"filepath": str(part.absolute())}
    given = _find_arguments(catalog, PREDICTIONS, "save_args", entry["type"])
    entry["save_args"] = {"index": True} | (given or {})
    if entry["type"] == CSV:
        entry["fs_args"] = {"open_args_save": {"encoding": "utf-8", "newline": ""}}  # on Windows, too
    try:
        DataCatalog.from_config({PREDICTIONS: entry}).save(PREDICTIONS, predictions)
        replace(part, file)
    finally:
        part.unlink(missing_ok=True)


def _describe_failure(failure: CheckFailure) -> str:
    column = f"{failure.column}: " if failure.column else ""
    examples = ", ".join(map(str, failure.failure_examples))
    rows = f" — {count(failure.failure_count, 'case')} (e.g. {examples})" if examples else ""
    return f"{column}{failure.check or failure.message}{rows}"


def _describe_file(file: Path, formats: dict[str, str], suffix: str) -> dict[str, Any]:
    """Describe a file as a catalog entry."""
    if suffix not in formats:
        raise InputError(f"{file} has an unknown format: name a file that ends in {', '.join(formats)}.")
    return {"type": formats[suffix], "filepath": str(file.absolute())}


def _find_arguments(catalog: DataCatalog, name: str, arguments: str, kind: str) -> dict[str, Any] | None:
    """Find the arguments of an entry; None if it has another format."""
    entry = catalog.to_config()[0].get(name, {"type": ""})
    if not entry["type"].endswith(kind.rpartition(".")[2]):
        return None
    given = entry.get(arguments) or {}
    return {name: value for name, value in given.items() if name not in OF_TRAINING}
