"""The catalog's validator reads the right schema, and says in a few lines what is wrong."""

import json
import logging
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from kedro.io import DataCatalog, Version
from kedro.validation import DataValidationError

from kedro_sweep.datasets.model_dataset import ModelDataset
from kedro_sweep.datasets.schema_validator import SchemaValidator, find_schema, pin_schemas
from kedro_sweep.hooks._error_hooks import explain
from kedro_sweep.tables.schema import infer_schema

TRAINING = pd.DataFrame({"pH": [3.1, 3.5], "color": ["red", "white"]})
GOOD = "color,pH\nred,3\n"


def write_schema(folder: Path, version: str, training: pd.DataFrame) -> None:
    file = folder / "schema.yml" / version / "schema.yml"
    file.parent.mkdir(parents=True)
    file.write_text(infer_schema(training, training.columns.tolist()))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with an old schema, which knows one column, and the newest."""
    write_schema(tmp_path, "2026-01-01", TRAINING[["color"]])
    write_schema(tmp_path, "2026-01-02", TRAINING)
    return tmp_path


def make_catalog(folder: Path, samples: str, **options: Any) -> DataCatalog:
    (folder / "new.csv").write_text(samples)
    validator = {
        "class": "kedro_sweep.datasets.schema_validator.SchemaValidator",
        "on": ["load"],
        "options": {"filepath": str(folder / "schema.yml")} | options,
    }
    entry = {"type": "pandas.CSVDataset", "filepath": str(folder / "new.csv"), "validator": validator}
    return DataCatalog.from_config({"new_samples": entry})


def refuse(catalog: DataCatalog) -> str:
    """Return the message that the user reads when rows are refused."""
    with pytest.raises(DataValidationError) as caught:
        catalog.load("new_samples")
    return explain(caught.value)


def test_good_rows_are_loaded_with_the_types_of_the_schema(folder: Path) -> None:
    rows = make_catalog(folder, GOOD).load("new_samples")
    assert rows.to_dict("list") == {"color": ["red"], "pH": [3.0]}
    assert rows["pH"].dtype == float


def test_the_user_reads_each_column_with_its_check_and_rows(folder: Path) -> None:
    samples = "pH\n" + "acid\n" * 7
    assert refuse(make_catalog(folder, samples)).splitlines() == [
        "Validation failed for dataset 'new_samples' on load",
        "(validator: kedro_sweep.datasets.schema_validator.SchemaValidator)",
        "2 check(s) failed — 8 failure case(s):",
        "  - pH: is not a number — 7 cases "
        "(e.g. row 0: 'acid', row 1: 'acid', row 2: 'acid', row 3: 'acid', row 4: 'acid')",
        "  - color: the column is missing — 1 case",
        "Correct the rows, or the validator of their entry in conf/base/catalog.yml.",
    ]


def test_text_that_was_read_as_numbers_is_refused_with_its_remedy(folder: Path) -> None:
    catalog = make_catalog(folder, "color,pH\n1,3\n")
    assert (
        "color: is text in training but was not read as text: add `load_args: {dtype: {color: str}}` "
        "to new_samples, or save a Parquet file with text — 1 case (e.g. row 0: 1)"
    ) in refuse(catalog)


def test_a_table_without_rows_is_refused(folder: Path) -> None:
    assert "the table has no rows" in refuse(make_catalog(folder, "pH,color\n"))


def test_an_unseen_category_is_one_warning_for_its_column(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    rows = make_catalog(folder, GOOD + "rosé,3\nblue,3\n").load("new_samples")
    assert len(rows) == 3
    [record] = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert record.getMessage() == (
        "color: not seen in training — rows: 2 (row 1: 'rosé', row 2: 'blue')"
    )


def test_the_newest_schema_is_the_default(folder: Path) -> None:
    assert "pH: the column is missing" in refuse(make_catalog(folder, "color\nred\n"))


def test_a_version_can_be_named(folder: Path) -> None:
    assert len(make_catalog(folder, "color\nred\n", version="2026-01-01").load("new_samples")) == 1


def pin(folder: Path, catalog: DataCatalog, version: str | None = None) -> str:
    """Pin the schemas to a version of the model, of which the newest is an interrupted run's."""
    for name, versions in {"model.pkl": "1234", "model_card.json": "123"}.items():
        for day in versions:
            file = folder / name / f"2026-01-0{day}" / name
            file.parent.mkdir(parents=True)
            file.write_text(json.dumps({"versions": {"scikit-learn": "1.9"}}))
    model = ModelDataset(filepath=str(folder / "model.pkl"), version=Version(version, None))
    return pin_schemas(catalog, model)


def test_the_newest_model_with_a_card_and_a_schema_is_chosen(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    catalog = make_catalog(folder, GOOD)
    assert pin(folder, catalog) == "2026-01-02"
    assert len(catalog.load("new_samples")) == 1
    assert "2026-01-04 and 2026-01-03" in caplog.text


def test_the_schema_can_be_that_of_the_model(folder: Path) -> None:
    catalog = make_catalog(folder, "color\nred\n")
    pin(folder, catalog, "2026-01-01")
    assert len(catalog.load("new_samples")) == 1


def test_a_version_that_the_user_has_named_stays(folder: Path) -> None:
    catalog = make_catalog(folder, "color\nred\n", version="2026-01-01")
    pin(folder, catalog, "2026-01-02")
    assert len(catalog.load("new_samples")) == 1


def test_a_file_of_the_users_own_is_used_whatever_the_version(folder: Path) -> None:
    own = folder / "own.yml"
    own.write_text("schema_type: dataframe\ncolumns:\n  pH:\n    less_than: 14\n")
    catalog = make_catalog(folder, "pH\n20\n", filepath=str(own))
    pin(folder, catalog, "2026-01-02")
    assert "pH: fails less_than(14) — 1 case (e.g. row 0: 20)" in refuse(catalog)


def test_a_schema_that_is_not_there_is_named(folder: Path) -> None:
    assert "no schema of version 2020" in refuse(make_catalog(folder, GOOD, version="2020"))
    assert "there is no schema in" in refuse(make_catalog(folder, GOOD, filepath=f"{folder}/no.yml"))


def test_the_schema_of_the_model_is_found(folder: Path) -> None:
    catalog = make_catalog(folder, GOOD)
    assert find_schema(catalog, "new_samples") == infer_schema(TRAINING, ["pH", "color"])
    assert find_schema(catalog, "other") is None
    pin(folder, catalog, "2026-01-03")
    with pytest.raises(DataValidationError, match="no schema of version 2026-01-03"):
        find_schema(catalog, "new_samples")


def test_it_is_a_class_that_needs_no_catalog(folder: Path) -> None:
    validator = SchemaValidator(str(folder / "schema.yml"))
    assert validator.validate(TRAINING).equals(TRAINING)
