"""The results of a run, for the report."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from kedro_sweep.evaluation import CandidateSummary, SweepSummary
from kedro_sweep.report._runs import Run


@dataclass(frozen=True, kw_only=True)
class ReportData:
    """The results of a run. Only the summary is required; the report leaves out what is missing.

    Attributes:
        summary: The tracked `sweep_summary`.
        test_metrics: Metrics on the test rows, by name.
        test_details: Their intervals, the score of the search on the test rows, and metrics by class.
        train_metrics: Metrics on the training rows, by name.
        findings: What needs attention, by name, most important first: `message` and `remedy`.
        features: The tracked `features`: what the model was trained with.
        model_card: What `describe_model` returned for the model.
        parameters: The run's parameters, flattened: `{"sweep.n_trials": 100}`.
        data_summary: Rows, duplicates, missing values by feature, and rows by class.
        figures: SVG texts by name.
        trials: The table of all trials, a row per trial, with `value`, `state` and `params_…`.
        run: The run that trained the model.
        project: Name of the project.
    """

    summary: dict[str, Any]
    test_metrics: dict[str, float] = field(default_factory=dict)
    test_details: dict[str, Any] = field(default_factory=dict)
    train_metrics: dict[str, float] = field(default_factory=dict)
    findings: dict[str, dict[str, Any]] = field(default_factory=dict)
    features: dict[str, Any] = field(default_factory=dict)
    model_card: dict[str, Any] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    data_summary: dict[str, Any] = field(default_factory=dict)
    figures: dict[str, str] = field(default_factory=dict)
    trials: pd.DataFrame | None = None
    run: Run = field(default_factory=Run)
    project: str = ""

    @cached_property
    def search(self) -> SweepSummary:
        """The result of the search."""
        return SweepSummary.model_validate(self.summary)

    @property
    def target(self) -> str:
        """Name of the column that the model predicts."""
        names = [self.features.get("y_label"), self.model_card.get("target")]
        return next((str(name) for name in names if name is not None), "the target")

    @property
    def task(self) -> str:
        """Classification or regression; "prediction" if unknown."""
        return str(self.search.task or self.model_card.get("task") or "prediction")

    @property
    def members(self) -> list[dict[str, Any]]:
        """The trials of an ensemble, sorted by weight; empty for a single trial."""
        members: list[dict[str, Any]] = self.model_card.get("parameters", {}).get("members", [])
        return members

    @property
    def candidates(self) -> list[CandidateSummary]:
        """What is recorded of each candidate; empty unless there are several."""
        return self.search.candidates if len(self.search.candidates) > 1 else []

    @property
    def model(self) -> str:
        """Import path of the model's class or function, or a description of the ensemble."""
        if self.members:
            return f"ensemble of {len(self.members)} models"
        return str(self.search.model or self.parameters.get("sweep.model.class", "the model"))

    @property
    def train_rows(self) -> int | None:
        """Number of training rows."""
        return self.search.rows or self.data_summary.get("train_rows")

    @property
    def test_rows(self) -> int | None:
        """Number of test rows."""
        rows: int | None = self.test_details.get("rows", self.data_summary.get("test_rows"))
        return rows
