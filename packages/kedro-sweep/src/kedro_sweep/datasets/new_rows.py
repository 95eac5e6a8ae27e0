"""Any model and any file in place of those that the catalog names for inference."""

import os
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pandas as pd
from kedro.io import DataCatalog, MemoryDataset, Version
from kedro.pipeline import Pipeline
from kedro.runner import SequentialRunner

from kedro_sweep.datasets.model_dataset import ModelDataset
from kedro_sweep.datasets.schema_validator import find_text_columns, pin_schemas
from kedro_sweep.errors import InputError
from kedro_sweep.installation import find_install_command
from kedro_sweep.tables.files import find_format

MODEL, NEW_ROWS, PREDICTIONS = "model", "new_samples", "predictions"
FORMATS = {
    ".csv": "pandas.CSVDataset",
    ".parquet": "pandas.ParquetDataset",
    ".xlsx": "pandas.ExcelDataset",
}
FORMATS_READ = FORMATS | dict.fromkeys([".tsv", ".txt"], FORMATS[".csv"])
# Arguments that choose a part of a table to learn from; rows to predict may lack its target.
OF_TRAINING = {"usecols", "nrows"}


def choose_model(
    catalog: DataCatalog, version: str | None, *, allow_other_versions: bool
) -> tuple[ModelDataset, str]:
    """Choose a version of the model, and with it that of the schema of new rows.

    Args:
        catalog: The project's catalog; its schemas are pinned.
        version: Version of the model; None for the newest.
        allow_other_versions: Whether to load a model of another version of scikit-learn.

    Returns:
        The dataset of the model, and the version.

    Raises:
        InputError: If there is no such model.
    """
    model = catalog.get(MODEL, version=Version(version, None))
    if not isinstance(model, ModelDataset):
        raise InputError(
            f"The entry '{MODEL}' in conf/base/catalog.yml has another type than "
            f"{ModelDataset.__module__}.{ModelDataset.__name__}, or there is none: correct it."
        )
    model.allow_other_versions |= allow_other_versions
    found = model.find_version()
    pin_schemas(catalog, found)
    return model, found


def load_rows(catalog: DataCatalog, file: Path) -> pd.DataFrame:
    """Load a file of raw rows, and check it as the catalog would check its own.

    Args:
        catalog: The project's catalog; the file is read like its `raw` if that is of the same format.
            The delimiter, encoding and decimal mark of a text file are its own, and columns that hold
            text by the schema stay text.
        file: CSV, TSV, TXT, Parquet or Excel file.

    Returns:
        The rows.

    Raises:
        InputError: If the format is unknown.
        DatasetError: If the file cannot be read, or its rows do not fit.
    """
    entry = _describe_file(file, file, FORMATS_READ, "load_args", catalog, like="raw")
    if entry["type"] != FORMATS[".parquet"]:  # other files do not say that 1 is text
        texts = find_text_columns(catalog, NEW_ROWS)
        args = entry["load_args"]
        if entry["type"] == FORMATS[".csv"]:
            args = find_format(file, args, texts)
        dtype = args.get("dtype") or {}
        if isinstance(dtype, dict):  # else it is one type for all columns
            args = args | {"dtype": dtype | dict.fromkeys(texts, "str")}
        entry["load_args"] = args
    if spec := catalog.validator_specs.get(NEW_ROWS):
        entry["validator"] = spec.to_config()
    rows: pd.DataFrame = DataCatalog.from_config({NEW_ROWS: entry}).load(NEW_ROWS)
    return rows


def predict_rows(
    pipeline: Pipeline, catalog: DataCatalog, model: ModelDataset, rows: pd.DataFrame
) -> pd.DataFrame:
    """Run the inference pipeline on rows, without a record of a run.

    Args:
        pipeline: From `model` and `new_samples` to `predictions`.
        catalog: The project's catalog, for whatever else the pipeline needs.
        model: The dataset of the model.
        rows: Rows that fit the schema.

    Returns:
        The predictions.
    """
    own: dict[str, Any] = {MODEL: model, NEW_ROWS: MemoryDataset(rows), PREDICTIONS: MemoryDataset()}
    others = {name: catalog[name] for name in pipeline.datasets() - own.keys() if name in catalog}
    memory = DataCatalog({**others, **own})
    SequentialRunner().run(pipeline, memory)
    predictions: pd.DataFrame = memory.load(PREDICTIONS)
    return predictions


def save_predictions(catalog: DataCatalog, predictions: pd.DataFrame, file: Path) -> None:
    """Write a file of predictions, at once and as a whole.

    Args:
        catalog: The project's catalog; a CSV file is written like its `predictions` if that is one, too.
        predictions: The predictions.
        file: CSV, Parquet or Excel file.

    Raises:
        InputError: If the format is unknown.
        DatasetError: If the file cannot be written.
    """
    part = file.with_name(f".{os.getpid()}.{file.name}")
    entry = _describe_file(file, part, FORMATS, "save_args", catalog, like=PREDICTIONS)
    entry["save_args"] = {"index": True} | entry["save_args"]
    try:
        DataCatalog.from_config({PREDICTIONS: entry}).save(PREDICTIONS, predictions)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def _describe_file(
    file: Path, path: Path, formats: dict[str, str], arguments: str, catalog: DataCatalog, *, like: str
) -> dict[str, Any]:
    """Make an entry of the catalog for a file, with the arguments of another of the same format."""
    suffix = file.suffix.lower()
    if suffix not in formats:
        raise InputError(
            f"{file} is of an unknown format: name a file that ends in {', '.join(formats)}."
        )
    if suffix == ".xlsx" and not find_spec("openpyxl"):
        raise InputError(f"{file} needs openpyxl: run `{find_install_command('excel')}`.")
    kind = formats[suffix]
    other = catalog.to_config()[0].get(like, {"type": ""})
    given = other.get(arguments) if other["type"].endswith(kind.rpartition(".")[2]) else None
    chosen = {name: value for name, value in (given or {}).items() if name not in OF_TRAINING}
    return {"type": kind, "filepath": str(path.absolute()), arguments: chosen}
