"""The catalog, the pipelines and the data folders fit together."""

from pathlib import Path
from typing import Any

import pytest
from kedro.config import OmegaConfigLoader
from kedro.io import DataCatalog

from wine_sweep.pipeline_registry import register_pipelines

TRACKED = [
    "search_metrics",
    "run_parameters",
    "sweep_summary",
    "features",
    "train_metrics",
    "test_metrics",
    "test_details",
    "slices",
    "test_references",
    "findings",
    "verdict",
]
FIGURES = [
    "optimization_history",
    "param_importances",
    "slice",
    "parallel_coordinate",
    "train_confusion_matrix",
    "test_confusion_matrix",
    "permutation_importance",
    "partial_dependence",
    "test_curves",
]


@pytest.fixture(scope="module")
def catalog(root: Path) -> dict[str, Any]:
    """The entries of conf/base, without the settings that they share."""
    loader = OmegaConfigLoader(str(root / "conf"), base_env="base", default_run_env="base")
    entries: dict[str, Any] = loader["catalog"]
    return {name: entry for name, entry in entries.items() if not name.startswith("_")}


def test_a_clone_has_the_data_folders(root: Path) -> None:
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


@pytest.mark.parametrize(
    "name",
    ["model", "model_card", "schema", "report", "model_card_page", "study_page", *TRACKED, *FIGURES],
)
def test_every_run_keeps_a_version_of(name: str, catalog: dict[str, Any]) -> None:
    assert catalog[name]["versioned"] is True


@pytest.mark.parametrize("name", TRACKED)
def test_a_tracked_dataset_is_kept_in_the_tracking_folder(name: str, catalog: dict[str, Any]) -> None:
    assert catalog[name]["filepath"] == f"data/09_tracking/{name}.json"
    assert catalog[name]["type"].startswith("kedro_sweep.tracking.")


def test_a_run_of_everything_may_start_at_training(catalog: dict[str, Any]) -> None:
    rest = register_pipelines()["__default__"].from_nodes("data_science.train_model")
    data = {name for name in rest.inputs() if not name.startswith("param")}
    assert data <= set(DataCatalog.from_config(catalog).keys())


def test_every_entry_is_a_dataset_that_a_pipeline_reads_or_writes(catalog: dict[str, Any]) -> None:
    datasets = DataCatalog.from_config(catalog).keys()
    used = set.union(*(pipeline.datasets() for pipeline in register_pipelines().values()))
    assert set(datasets) <= used
