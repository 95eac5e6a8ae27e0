"""A run that predicts uses a complete model; one that also loads its results takes the newest."""

import json
import logging
from pathlib import Path

import pytest
from kedro.io import DataCatalog
from kedro.pipeline import node, pipeline

from kedro_sweep.datasets.model_dataset import ModelDataset
from kedro_sweep.hooks import SchemaHooks

OLD, NEW = "2026-01-01T00.00.00.000Z", "2026-01-02T00.00.00.000Z"


@pytest.mark.parametrize(
    ("inputs", "version"), [(["model"], OLD), (["model", "sweep_summary"], None), (["other"], None)]
)
def test_only_a_run_that_predicts_skips_the_model_of_a_killed_run(
    inputs: list[str], version: str | None, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    for name, versions in {"model.pkl": (OLD, NEW), "model_card.json": (OLD,)}.items():
        for made in versions:
            file = tmp_path / name / made / name
            file.parent.mkdir(parents=True)
            file.write_text(json.dumps({"versions": {"scikit-learn": "1.9"}}))
    entry = {
        "type": "kedro_sweep.datasets.model_dataset.ModelDataset",
        "filepath": str(tmp_path / "model.pkl"),
        "versioned": True,
    }
    catalog = DataCatalog.from_config({"model": entry})
    run = pipeline([node(lambda *_: 0, inputs=inputs, outputs="n", name="use")])
    SchemaHooks().before_pipeline_run(run, catalog)
    model = catalog["model"]
    assert isinstance(model, ModelDataset)
    assert model._version.load == version
    assert (NEW in caplog.text) is bool(version)
