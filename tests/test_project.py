"""What is committed beside the code holds together."""

import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from kedro.config import OmegaConfigLoader
from kedro.io import DataCatalog

TRACKED = ["run_parameters", "sweep_summary", "features", "train_metrics", "test_metrics"]
FIGURES = [
    "optimization_history",
    "param_importances",
    "slice",
    "parallel_coordinate",
    "train_confusion_matrix",
    "test_confusion_matrix",
]


@pytest.fixture(scope="module")
def catalog(root: Path) -> dict[str, Any]:
    """The entries as they are written, anchors resolved."""
    loader = OmegaConfigLoader(str(root / "conf"), base_env="base", default_run_env="base")
    entries: dict[str, Any] = loader["catalog"]
    return {name: entry for name, entry in entries.items() if not name.startswith("_")}


def test_requirements_are_what_make_lock_exports(root: Path) -> None:
    recipe = subprocess.run(
        ["make", "--dry-run", "lock"],
        cwd=root,
        text=True,
        capture_output=True,
        check=True,
    ).stdout
    export = next(line for line in recipe.splitlines() if " export " in line)
    command, _, file = export.rpartition(" --output-file ")
    assert shutil.which(shlex.split(command)[0]), "this test needs uv, as `make test` has it"
    exported = subprocess.run(
        shlex.split(command), cwd=root, text=True, capture_output=True, check=False
    )
    assert exported.returncode == 0, exported.stderr
    assert (root / file).read_text() == exported.stdout, f"{file} is stale: run `make lock`"


def test_wine_table_has_its_columns(wine: pd.DataFrame) -> None:
    assert list(wine.columns) == [
        "fixed acidity",
        "volatile acidity",
        "citric acid",
        "residual sugar",
        "chlorides",
        "free sulfur dioxide",
        "total sulfur dioxide",
        "density",
        "pH",
        "sulphates",
        "alcohol",
        "quality",
        "Id",
    ]


def test_wine_table_has_its_rows_and_classes(wine: pd.DataFrame) -> None:
    assert len(wine) == 1143
    assert wine["Id"].is_unique
    assert wine["quality"].value_counts().to_dict() == {5: 483, 6: 462, 7: 143, 4: 33, 8: 16, 3: 6}


def test_wine_table_has_no_gaps(wine: pd.DataFrame) -> None:
    assert not wine.isna().any(axis=None)


def test_data_folders_exist_in_a_clone(root: Path) -> None:
    folders = sorted(path.parent.name for path in (root / "data").glob("*/.gitkeep"))
    assert folders == [
        "01_raw",
        "02_intermediate",
        "03_primary",
        "04_feature",
        "05_model_input",
        "06_models",
        "07_model_output",
        "08_reporting",
        "09_tracking",
    ]


@pytest.mark.parametrize("name", ["model", *TRACKED, *FIGURES])
def test_every_run_keeps_a_version_of(name: str, catalog: dict[str, Any]) -> None:
    assert catalog[name]["versioned"] is True


@pytest.mark.parametrize("name", TRACKED)
def test_tracked_datasets_lie_in_the_tracking_folder(name: str, catalog: dict[str, Any]) -> None:
    assert catalog[name]["filepath"] == f"data/09_tracking/{name}.json"
    package = "kedro_sweep.tracking."
    assert catalog[name]["type"].startswith(package)


def test_every_entry_of_the_catalog_can_be_made(catalog: dict[str, Any]) -> None:
    made = DataCatalog.from_config(catalog)
    assert {*TRACKED, *FIGURES, "raw", "model", "study_storage"} <= set(made.keys())
