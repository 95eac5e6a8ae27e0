"""The results of a run, as facts and rows of tables."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from kedro_sweep import text
from kedro_sweep.evaluation import CandidateSummary, SweepSummary
from kedro_sweep.report import _html as html
from kedro_sweep.report._runs import Run
from kedro_sweep.tables import SHOWN_ROWS
from kedro_sweep.text import LOWER_IS_BETTER, METRICS, MISSING, name_score

MAX_TRIALS = 10
MAX_NAME = 28
CLASS_SCORES = ("predicted", "precision", "recall", "f1")


@dataclass(frozen=True, kw_only=True)
class ReportData:
    """The results of a run. Only the summary is required; the report leaves out what is missing.

    Attributes:
        summary: The tracked `sweep_summary`.
        test_metrics: Metrics on the test rows, by name.
        test_details: Their intervals, the score of the search on the test rows, and metrics by class.
        train_metrics: Metrics on the training rows, by name.
        slices: The tracked `slices`: the score in each slice of the rows, the worst first.
        findings: What needs attention, by name, most important first: `message` and `remedy`.
        verdict: The tracked `verdict`: the sentence, its evidence, and what came of each check.
        test_references: The scores of the dummy and the untuned model on the test rows.
        features: The tracked `features`: what the model was trained with.
        model_card: What `describe_model` returned for the model.
        parameters: The run's parameters, flattened: `{"sweep.n_trials": 100}`.
        data_summary: What `summarize_tables` returned: rows, duplicates, columns, and rows by class.
        importances: How much the score drops when a feature is shuffled, by name: `value`, `spread`,
            `noise` (a value up to it says nothing), and `effect`, the direction as an arrow.
        figures: HTML by name.
        best_params: The parameters of the best trial.
        trials: The table of all trials, a row per trial, with `value`, `state` and `params_…`.
        run: The run that trained the model.
        project: Name of the project.
    """

    summary: dict[str, Any]
    test_metrics: dict[str, float] = field(default_factory=dict)
    test_details: dict[str, Any] = field(default_factory=dict)
    train_metrics: dict[str, float] = field(default_factory=dict)
    slices: dict[str, Any] = field(default_factory=dict)
    findings: dict[str, dict[str, Any]] = field(default_factory=dict)
    verdict: dict[str, Any] = field(default_factory=dict)
    test_references: dict[str, Any] = field(default_factory=dict)
    features: dict[str, Any] = field(default_factory=dict)
    model_card: dict[str, Any] = field(default_factory=dict)
    parameters: dict[str, Any] = field(default_factory=dict)
    data_summary: dict[str, Any] = field(default_factory=dict)
    importances: dict[str, dict[str, Any]] = field(default_factory=dict)
    best_params: dict[str, Any] = field(default_factory=dict)
    figures: dict[str, str] = field(default_factory=dict)
    trials: pd.DataFrame | None = None
    run: Run = field(default_factory=Run)
    project: str = ""

    @cached_property
    def search(self) -> SweepSummary:
        return SweepSummary.model_validate(self.summary)

    @property
    def target(self) -> str:
        known = self.features.get("y_label"), self.model_card.get("target")
        names = [*known, self.parameters.get("data.y_label")]
        return next((str(name) for name in names if name is not None), "the target")

    @property
    def kinds(self) -> dict[str, str]:
        """The kind of each feature, or its type in the model if the data was not summarized."""
        described = self.data_summary.get("features", {}).items()
        types: dict[str, str] = self.model_card.get("features", {})
        return {name: found.get("kind", MISSING) for name, found in described} or types

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
        return self.data_summary.get("train_rows") or self.search.rows

    @property
    def searched_rows(self) -> str:
        """How many training rows the search used, such as `865`, or `100,000 of 850,000`."""
        all_rows, searched = text.count(self.train_rows), self.search.rows or self.train_rows
        return all_rows if searched == self.train_rows else f"{text.count(searched)} of {all_rows}"

    @property
    def training_column(self) -> str:
        """The heading of scores on training rows, with their number if they are a sample."""
        is_sample = (self.train_rows or 0) > SHOWN_ROWS
        return f"Training ({text.count(SHOWN_ROWS)} rows)" if is_sample else "Training"

    @property
    def test_rows(self) -> int | None:
        rows: int | None = self.test_details.get("rows", self.data_summary.get("test_rows"))
        return rows


def list_metrics(data: ReportData) -> list[dict[str, str]]:
    rows = []
    for name in data.test_metrics | data.train_metrics:
        low, high = data.test_details.get("intervals", {}).get(name, (None, None))
        width = None if low is None or high is None else high - low
        better = "lower" if name in LOWER_IS_BETTER else "higher" if name in METRICS else ""
        row = {"name": METRICS.get(name, name), "better": better}
        row["test"] = text.number(data.test_metrics.get(name), width=width)
        row["interval"] = text.interval(low, high) or MISSING
        row["train"] = text.number(data.train_metrics.get(name), width=width)
        for reference, found in data.test_references.items():
            row[reference.capitalize()] = text.number(found.get("metrics", {}).get(name), width=width)
        rows.append(row)
    return rows


def list_classes(data: ReportData) -> list[dict[str, Any]]:
    """List the classes, those that the model predicts best first."""
    counts = data.data_summary.get("classes", {})
    scores = data.test_details.get("classes", {})
    names = [*(counts | scores)]
    shown = dict(zip(names, text.shorten_names([*map(text.name, names)], MAX_NAME), strict=True))
    classes = [
        {
            "name": text.name(name),
            "short": short,
            "train": counts.get(name, {}).get("train"),
            "test": scores.get(name, {}).get("rows", counts.get(name, {}).get("test")),
            **{key: scores.get(name, {}).get(key) for key in CLASS_SCORES},
        }
        for name, short in shown.items()
    ]
    return sorted(classes, key=lambda each: -(each["f1"] or 0))


def list_search_facts(data: ReportData) -> dict[str, str]:
    search, parameters = data.search, data.parameters
    folds = parameters.get("sweep.cv.class", parameters.get("sweep.cv"))
    counts = {"complete": search.n_complete, "pruned": search.n_pruned, "failed": search.n_fail}
    scores = [f"{name} {text.number(value)}" for name, value in search.scores.items()]
    facts = {
        "Model": data.model,
        "Fixed arguments": text.settings(data.model_card.get("parameters", {}).get("fixed", {})),
        "Score": f"{search.scoring}, {search.direction}d",
        f"Other scores of the {search.trial_name}": ", ".join(scores),
        "Folds": folds and f"{folds} ({parameters.get('data.split.kind', 'random')} split)",
        "Sampler": parameters.get("sweep.sampler.class", ""),
        "Trials": ", ".join(f"{text.count(n)} {state}" for state, n in counts.items() if n),
        "Best candidate" if search.choice == "best" else "Candidate": search.candidate
        if data.candidates
        else "",
        search.trial_name.capitalize(): str(search.best_trial),
        "Study": search.study,
    }
    return {name: value for name, value in facts.items() if value}


def list_search_space(data: ReportData) -> list[dict[str, str]]:
    space: dict[str, dict[str, Any]] = {}
    prefix = f"sweep.models.{data.search.candidate}.search_space."
    if not any(name.startswith(prefix) for name in data.parameters):
        prefix = "sweep.search_space."
    for parameter, value in data.parameters.items():
        if parameter.startswith(prefix):
            # `gamma.low`, or `gamma.when.kernel`
            name, _, condition = parameter.removeprefix(prefix).partition(".when.")
            if condition:
                space.setdefault(name, {}).setdefault("when", {})[condition] = value
            else:
                name, _, key = name.rpartition(".")
                space.setdefault(name, {})[key] = value
    best = data.best_params or data.model_card.get("parameters", {}).get("best", {})
    return [
        {
            "name": name,
            "range": html.describe_dimension(space.get(name, {})),
            "best": text.setting(best[name]) if name in best else MISSING,
        }
        for name in space | best
    ]


def _read_params(trial: "pd.Series[Any]") -> dict[str, Any]:
    params = trial[trial.index.str.startswith("params_")].dropna()
    return {str(name).removeprefix("params_"): value for name, value in params.items()}


def list_best_trials(data: ReportData) -> dict[str, list[Any]]:
    if data.trials is None or data.trials.empty:
        return {"names": [], "rows": []}
    trials = data.trials[data.trials["state"] == "COMPLETE"]
    columns = [column for column in trials.columns if column.startswith("params_")]
    trials = trials.sort_values("value", ascending=data.search.direction == "minimize", kind="stable")
    if data.candidates:
        columns = ["params_parameters"]  # candidates share few parameters
        joined = [text.settings(_read_params(trial)) for _, trial in trials.iterrows()]
        trials = trials.assign(params_parameters=joined)
        trials = trials.drop_duplicates(["candidate", *columns])
        trials["number"] = trials["candidate"] + " #" + trials["number"].astype(str)
    elif columns:
        trials = trials.drop_duplicates(columns)
    scores = [column for column in trials.columns if column.startswith("score_")]
    rows = []
    for trial in trials.head(MAX_TRIALS).astype(object).to_dict(orient="records"):
        values = [text.number(trial[column]) for column in ("value", *scores)]
        rows.append([str(trial["number"]), *values, *(text.setting(trial[name]) for name in columns)])
    names = [name_score(column.removeprefix("score_")) for column in scores]
    names += [column.removeprefix("params_") for column in columns]
    return {"names": names, "rows": rows}
