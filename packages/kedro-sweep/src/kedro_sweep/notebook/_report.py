"""What a search without a project found, and its report."""

import json
import re
import webbrowser
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import optuna
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.pipeline import Pipeline

from kedro_sweep import tables, text
from kedro_sweep.errors import InputError
from kedro_sweep.evaluation import (
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
from kedro_sweep.notebook._rows import make_table
from kedro_sweep.notebook._settings import Settings
from kedro_sweep.notebook._stores import Stores, embed
from kedro_sweep.parameters import flatten_parameters
from kedro_sweep.report.figures import plot_model
from kedro_sweep.report.page import ReportData, make_report
from kedro_sweep.search import tabulate_trials

# What a project says, and what is said here.
WORDS = {
    r" in conf/base/parameters\w*\.yml": "",
    r"`kedro sweep predict FILE`": "`predict(rows)`",
    r"Run `kedro run --env contest[^`]*`": "Call `tune` with models='contest'",
}


def say_in_a_notebook(text: str) -> str:
    """Name arguments and calls in the place of files and commands."""
    for pattern, words in WORDS.items():
        text = re.sub(pattern, words, text)
    return text


@dataclass(frozen=True, eq=False, repr=False)
class Result:
    """What a search without a project found. Its records are made when they are first asked for.

    Attributes:
        model: The trained model; it takes raw rows.
        summary: The scores of the search, and the baselines.
        studies: The Optuna study of each candidate.
        members: The trials that the model consists of.
        raw: The rows as they were given; `table`, without the columns that were left out.
        train: The training rows; `test` are those that neither the search nor the training has seen.
        settings: `data`, `sweep` and `decision`, as in a project's parameters.
    """

    model: Pipeline
    summary: SweepSummary
    studies: Mapping[str, optuna.Study]
    stores_: Stores
    members: list[dict[str, Any]]
    settings: Settings
    raw: pd.DataFrame
    table: pd.DataFrame
    train: pd.DataFrame
    test: pd.DataFrame
    preparation: ColumnTransformer

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
        return evaluate(self.model, self.test, self.settings.data, self.summary.scoring)

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
        data, sweep, preparation = self.settings.data, self.settings.sweep, self.preparation
        flat, parts, (metrics, details, _) = (
            self.summary.to_flat(),
            (self.train, self.test),
            self.evaluation,
        )
        features = describe_members(self.members, preparation, data, sweep)
        train_metrics = evaluate(self.model, self.train, data).metrics
        counts = tables.summarize_tables(
            self.raw, self.table, *parts, data, is_classifier=sweep.is_classifier
        )
        references = score_references(*parts, preparation, flat, data, sweep)
        slices = score_slices(self.train, preparation, self.summary.out_of_fold, data, sweep)
        groups = tables.find_row_groups(self.raw, *parts, data)
        searched: Any = features, self.stores_.storage, flat, train_metrics, details
        records: Any = references, slices, counts, groups, preparation, data, sweep
        found = list_findings(*parts, *searched, *records)
        findings, verdict = json.loads(say_in_a_notebook(json.dumps(found)))
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
            parameters=flatten_parameters(dict(self.settings)),
            data_summary=counts,
            best_params=self.summary.best_params,
            trials=tabulate_trials(self.studies, self.summary.trials),
        )

    def predict(self, rows: Any) -> pd.DataFrame:
        """Predict the target of raw rows, as `kedro sweep predict` does."""
        table = make_table(rows).rename(columns=str)
        needed = self.model.feature_names_in_.tolist()
        if missing := [name for name in needed if name not in table]:
            raise InputError(f"The rows lack the columns {missing}: the model needs {needed}.")
        return predict_table(self.model, table)

    def report(self, file: Path | str | None = None, *, browser: bool = True) -> Path:
        """Write the report of a project to a file, or a temporary one, and open it in a browser."""
        results, data, test = self._results, self.settings.data, self.test
        *drawn, importances = plot_model(self.model, self.train, test, data, results.summary)
        rows = self.train, test, self.summary.out_of_fold, self.evaluation.predictions
        pictures = (picture.html for picture in drawn)
        page, _ = make_report(
            results, self.stores_.storage, pd.DataFrame(), *rows, data, importances, *pictures
        )
        path = Path(file or Path(mkdtemp(prefix="kedro-sweep-"), "report.html")).resolve()
        path.write_text(page, encoding="utf-8")
        if browser:
            webbrowser.open(path.as_uri())
        return path

    def __getstate__(self) -> dict[str, Any]:
        stores, studies = embed(self.stores_, self.studies.values())
        names = dict(zip(self.studies, studies, strict=True))
        return vars(self) | {"stores_": stores, "studies": names}

    def __repr__(self) -> str:
        """Name the score, the model and the trials."""
        found, score = self.summary, self.corrected_score
        value = text.estimate(*score) if score else text.number(found.chosen_value)
        trials = text.count(found.n_trials, "trial")
        return f"<{found.model_name} of {trials}, {found.candidate}: {found.scoring} {value}>"
