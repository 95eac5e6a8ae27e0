"""What a search without a project found, and its report."""

import json
import re
import webbrowser
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import optuna
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline

from kedro_sweep import tables, text
from kedro_sweep.evaluation import (
    Decision,
    Evaluation,
    SweepSummary,
    describe_members,
    evaluate,
    predict_table,
)
from kedro_sweep.evaluation.estimates import Estimate
from kedro_sweep.evaluation.findings import list_findings
from kedro_sweep.evaluation.model_card import make_model_card
from kedro_sweep.evaluation.references import score_references
from kedro_sweep.evaluation.slices import score_slices
from kedro_sweep.notebook._saved import Stores, embed
from kedro_sweep.parameters import flatten_parameters
from kedro_sweep.report.figures import plot_model, to_html
from kedro_sweep.report.page import ReportData, make_report
from kedro_sweep.search import Sweep, tabulate_trials
from kedro_sweep.tables import Data

# Where a project has what are arguments here.
FILES = re.compile(r" in conf/base/parameters\w*\.yml")


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Result:
    """What a search without a project found. Its records are made when they are first asked for.

    Attributes:
        model: The trained model; it takes raw rows.
        summary: The scores of the search, and the baselines.
        studies: The Optuna study of each candidate; `artifacts`, the store of their predictions.
        members: The trials that the model consists of.
        train: The training rows; `test` are those that neither the search nor the training has seen.
        table: The rows before the split; `raw`, before the choice of columns.
    """

    model: Pipeline
    summary: SweepSummary
    studies: Mapping[str, optuna.Study]
    artifacts: Any
    members: list[dict[str, Any]]
    raw: pd.DataFrame
    table: pd.DataFrame
    train: pd.DataFrame
    test: pd.DataFrame
    preparation: ColumnTransformer
    data: Data
    sweep: Sweep
    decision: Decision = field(default_factory=Decision)

    @property
    def study(self) -> optuna.Study:
        """The study of the model, or of the candidate with the best trial."""
        return self.studies[self.summary.candidate]

    @property
    def corrected_score(self) -> Estimate | None:
        """The score of the model, corrected for the choice, with its interval; None if unknown."""
        return self.summary.corrected

    @cached_property
    def evaluation(self) -> Evaluation:
        """The metrics on the test rows, their intervals and reasons, and the predictions."""
        return evaluate(self.model, self.test, self.data, self.summary.scoring)

    @property
    def test_metrics(self) -> dict[str, float]:
        """The metrics on the test rows, by name."""
        return self.evaluation.metrics

    @property
    def verdict(self) -> str:
        """How good the model is, in a sentence."""
        return str(self._results.verdict["sentence"])

    @cached_property
    def _results(self) -> ReportData:
        """Everything about the run but the figures, from the functions of a project's pipelines."""
        data, sweep, preparation, flat = self.data, self.sweep, self.preparation, self.summary.to_flat()
        parts, (metrics, details, _) = (self.train, self.test), self.evaluation
        features = describe_members(self.members, preparation, data, sweep)
        train_metrics = evaluate(self.model, self.train, data).metrics
        counts = tables.summarize_tables(
            self.raw, self.table, *parts, data, is_classifier=sweep.is_classifier
        )
        references = score_references(*parts, preparation, flat, data, sweep)
        slices = score_slices(self.train, preparation, self.summary.out_of_fold, data, sweep)
        groups = tables.find_row_groups(self.raw, *parts, data)
        searched: Any = features, self.study._storage, flat, train_metrics, details
        records: Any = references, slices, counts, groups, preparation, data, sweep
        found = list_findings(*parts, *searched, *records)
        findings, verdict = json.loads(FILES.sub("", json.dumps(found)))
        scores: Any = {"train_metrics": train_metrics, "test_metrics": metrics, "test_details": details}
        return ReportData(
            **scores,
            summary=flat,
            slices=slices,
            findings=findings,
            verdict=verdict,
            test_references=references,
            features=features,
            model_card=make_model_card(self.model, self.train, features, flat, **scores),
            parameters=flatten_parameters({"data": data, "sweep": sweep, "decision": self.decision}),
            data_summary=counts,
            best_params=self.summary.best_params,
            trials=tabulate_trials(self.studies, self.summary.trials),
        )

    def predict(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Predict the target of new rows, as `kedro sweep predict` does.

        Args:
            rows: Raw rows; the target is not needed.

        Returns:
            `prediction` for each row, with `low` and `high` of a number, or `probability_<class>`.
        """
        return predict_table(self.model, rows)

    def report(self, file: Path | str | None = None, *, browser: bool = True) -> Path:
        """Write the report, the same as of a project, and open it.

        Args:
            file: Where to write it; None for a temporary folder.
            browser: Whether to open it in a browser.

        Returns:
            The file.
        """
        results, test = self._results, self.test
        *figures, importances = plot_model(self.model, self.train, test, self.data, results.summary)
        rows = self.train, test, self.summary.out_of_fold, self.evaluation.predictions
        pictures = map(to_html, figures)
        page, _ = make_report(
            results, self.study._storage, pd.DataFrame(), *rows, self.data, importances, *pictures
        )
        path = Path(file or Path(mkdtemp(prefix="kedro-sweep-"), "report.html")).resolve()
        path.write_text(page, encoding="utf-8")
        if browser:
            webbrowser.open(path.as_uri())
        return path

    def __getstate__(self) -> dict[str, Any]:
        """Put the studies into the pickle; `kedro sweep use --from-search` takes them from there."""
        names = {name: study.study_name for name, study in self.studies.items()}
        inside = embed(Stores(self.study._storage, self.artifacts), names.values())
        studies = {
            name: optuna.load_study(study_name=study, storage=inside.storage)
            for name, study in names.items()
        }
        return vars(self) | {"studies": studies, "artifacts": inside.artifacts}

    def __repr__(self) -> str:
        """Name the score, the model and the trials."""
        found, score = self.summary, self.corrected_score
        value = text.estimate(*score) if score else text.number(found.chosen_value)
        trials = text.count(found.n_trials, "trial")
        return f"<{found.model_name} of {trials}, {found.candidate}: {found.scoring} {value}>"
