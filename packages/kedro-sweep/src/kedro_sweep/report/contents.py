"""What the report of a run says: its numbers in words, and its tables as rows."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import floor, log10
from typing import Any, NamedTuple

import pandas as pd

MISSING = "–"  # noqa: RUF001
MINUS = "\N{MINUS SIGN}"
MAX_TRIALS = 10
METRICS = {
    "acc": "accuracy",
    "balanced_acc": "balanced accuracy",
    "f1_macro": "F1, mean of the classes",
    "log_loss": "log loss",
    "roc_auc": "area under the ROC curve",
    "brier": "Brier score",
    "r2": "R²",
    "mae": "mean absolute error",
    "rmse": "root mean squared error",
}
LOWER_IS_BETTER = {"log_loss", "brier", "mae", "rmse"}
OTHER_FIGURES = "Other figures"
# In reading order: where each figure stands, and what to see in it.
FIGURES = {
    "test_confusion_matrix": (
        "Predictions",
        "Of a perfect model, everything lies on the diagonal. What lies off it shows which values the model "
        "mistakes for which.",
    ),
    "train_confusion_matrix": (
        "Predictions",
        "The model has learned these rows, so it does better here than on new ones. A large difference from "
        "the test rows means that it overfits.",
    ),
    "test_curves": (
        "Predictions",
        "How far to trust the predictions, on rows that neither the search nor the fit has seen.",
    ),
    "permutation_importance": (
        "What the model uses",
        "Features without a bar to the right are ones that the model could do without. Features that hold the same information "
        "share their importance, so each of them may look less important than it is.",
    ),
    "partial_dependence": (
        "What the model uses",
        "The mean prediction if all rows had this value of the feature. This describes the model; it does "
        "not say what causes what.",
    ),
    "trials": (
        "The search",
        "If the best value still improves near the end, more trials may help. Parameters of little "
        "importance need no wider range.",
    ),
    "parameters": (
        "The search",
        "If good trials crowd at the edge of a range, a wider range may help. The diamond is the best trial.",
    ),
}
SCORES = "scores"  # is shown with the headline numbers


class Run(NamedTuple):
    """The run that trained a model; what is not known is empty."""

    id: str = ""  # also the version of the model
    time: str = ""
    commit: str = ""
    command: str = ""


@dataclass(frozen=True, kw_only=True)
class ReportData:
    """What a run left. All but the summary may be missing; the report then leaves that part out.

    Attributes:
        summary: The tracked `sweep_summary`.
        test_metrics: Metrics on the test rows, by name.
        test_details: Their intervals, the score of the search on the test rows, and metrics by class.
        train_metrics: Metrics on the training rows, by name.
        findings: What deserves attention, by name, most important first: `message` and `remedy`.
        model_card: What `describe_model` says of the model.
        parameters: The run's parameters, flat: `{"sweep.n_trials": 100}`.
        data_summary: Rows, copies, gaps by feature, and rows by class.
        figures: SVG texts by name; `FIGURES` has their captions.
        trials: The table of all trials, a row per trial, with `value`, `state` and `params_…`.
        run: The run that trained the model.
        project: Name of the project.
    """

    summary: Mapping[str, Any]
    test_metrics: Mapping[str, float] = field(default_factory=dict)
    test_details: Mapping[str, Any] = field(default_factory=dict)
    train_metrics: Mapping[str, float] = field(default_factory=dict)
    findings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    model_card: Mapping[str, Any] = field(default_factory=dict)
    parameters: Mapping[str, Any] = field(default_factory=dict)
    data_summary: Mapping[str, Any] = field(default_factory=dict)
    figures: Mapping[str, str] = field(default_factory=dict)
    trials: pd.DataFrame | None = None
    run: Run = Run()
    project: str = ""


class HeadlineNumber(NamedTuple):
    """A number at the head of the report, and the sentence that says what it is."""

    name: str
    value: str
    interval: str  # empty where there is none
    meaning: str
    advice: str  # `Quote this`, for example; empty for a number to compare with


class Figure(NamedTuple):
    """A figure with its caption."""

    name: str
    group: str
    caption: str
    svg: str


def find_run(runs: pd.DataFrame) -> Run:
    """Find the run that trained the newest model.

    Args:
        runs: The tracked runs, newest first.

    Returns:
        What is known of it.
    """
    if "features" not in runs.columns:
        return Run()
    trained = runs.loc[runs["features"].notna().any(axis="columns")]
    if trained.empty:
        return Run()
    session = trained["session"].iloc[0] if "session" in trained.columns else pd.Series(dtype=object)
    run_id = str(trained.index[0])
    time = pd.to_datetime(run_id, format="%Y-%m-%dT%H.%M.%S.%fZ", errors="coerce")
    git, command = session.get("git"), session.get("cli")
    return Run(
        id=run_id,
        time="" if pd.isna(time) else f"{time:%Y-%m-%d %H:%M} UTC",
        commit=_show_commit(git) if isinstance(git, dict) else "",
        command=str(command["command_path"]) if isinstance(command, dict) else "",
    )


def list_headline_numbers(data: ReportData) -> list[HeadlineNumber]:
    """List the numbers that a reader looks for first, the one to quote in front.

    Args:
        data: What the run left.

    Returns:
        The test score, the corrected estimate, the best cross-validated value and the baselines, as far
        as the run has them.
    """
    summary = data.summary
    scoring = name_score(summary["scoring"])
    best, corrected = summary["best_value"], summary.get("corrected_value")
    n_trials = summary.get("corrected_trials") or summary["n_complete"]
    rows = (
        f"all {show_count(summary['rows'])} training rows" if "rows" in summary else "all training rows"
    )
    numbers = []
    if corrected is not None:
        numbers.append(
            HeadlineNumber(
                f"Corrected {scoring}",
                show_number(corrected),
                show_interval(summary["corrected_low"], summary["corrected_high"]),
                "What to expect on new rows: the cross-validated score without the luck of the best of "
                f"{_count(n_trials, 'configuration')}. It rests on {rows} (BBC-CV).",
                "Quote this",
            )
        )
    numbers += _list_test_scores(data, "Quote this" if corrected is None else "Quote beside it")
    luck = (
        "" if corrected is None else f" The correction takes away {show_number(abs(best - corrected))}."
    )
    numbers.append(
        HeadlineNumber(
            f"Best cross-validated {scoring}",
            show_number(best),
            "",
            f"The best of {_count(n_trials, 'configuration')} in the search, so part of it is luck.{luck}"
            if n_trials > 1
            else "The only configuration of the search.",
            "Do not quote" if n_trials > 1 else "",
        )
    )
    references = {
        "default": ("Without tuning", "The same model with its default arguments, in the same folds."),
        "dummy": ("Baseline", "A guess that ignores the features, in the same folds."),
    }
    numbers += [
        HeadlineNumber(
            name,
            show_number(value),
            "",
            f"{meaning}{_describe_gain(summary, reference)}",
            "",
        )
        for reference, (name, meaning) in references.items()
        if (value := summary.get(f"{reference}_value")) is not None
    ]
    return numbers


def _list_test_scores(data: ReportData, advice: str) -> list[HeadlineNumber]:
    """Give the score of the search on the test rows or, where it has none, the first test metric."""
    details = data.test_details
    score = details.get("score")
    if score:
        name, value = name_score(score["name"]), score["value"]
        interval = show_interval(score["low"], score["high"])
    elif data.test_metrics:
        first = next(iter(data.test_metrics))
        name, value = METRICS.get(first, first), data.test_metrics[first]
        interval = show_interval(*details.get("intervals", {}).get(first, (None, None)))
    else:
        return []
    rows = _count(details["rows"], "row") if "rows" in details else "rows"
    meaning = f"The trained model on {rows} that neither the search nor the fit has seen."
    return [HeadlineNumber(f"Test {name}", show_number(value), interval, meaning, advice)]


def _describe_gain(summary: Mapping[str, Any], reference: str) -> str:
    gain = summary.get(f"gain_over_{reference}")
    if gain is None:
        return ""
    low, high = summary[f"gain_over_{reference}_low"], summary[f"gain_over_{reference}_high"]
    verdict = (
        ": a clear gain"
        if low > 0
        else ": a clear loss"
        if high < 0
        else ", which includes no gain at all"
    )
    change = "better" if gain >= 0 else "worse"
    return (
        f" The tuned model is {show_number(abs(gain))} {change}, after correction "
        f"({show_interval(low, high)}{verdict})."
    )


def describe_model(data: ReportData) -> str:
    """Say in one or two sentences what predicts what, from what.

    Args:
        data: What the run left.

    Returns:
        The sentences.
    """
    summary = data.summary
    model, n_features = _find_model(data), len(list_features(data))
    better = "lower" if summary["direction"] == "minimize" else "higher"
    source = f", from {_count(n_features, 'feature')}" if n_features else ""
    rows = f" on {show_count(summary['rows'])} training rows" if "rows" in summary else ""
    tested = data.test_details.get("rows")
    return (
        f"{_find_task(data).capitalize()} by {shorten(model)}{source}. The search compared "
        f"{_count(summary['n_trials'], 'trial')} by {name_score(summary['scoring'])} ({better} is better){rows}"
        + (f"; {show_count(tested)} test rows were kept apart." if tested else ".")
    )


def list_search_facts(data: ReportData) -> dict[str, str]:
    """List what the search was.

    Args:
        data: What the run left.

    Returns:
        Values by name, without those that are unknown.
    """
    summary, parameters = data.summary, data.parameters
    fixed = data.model_card.get("parameters", {}).get("fixed", {})
    folds = parameters.get("sweep.cv.class", parameters.get("sweep.cv"))
    counts = {"complete": "n_complete", "pruned": "n_pruned", "failed": "n_fail"}
    facts = {
        "Model": _find_model(data),
        "Fixed arguments": ", ".join(f"{name}: {show_value(value)}" for name, value in fixed.items()),
        "Score": f"{summary['scoring']}, {summary['direction']}d",
        "Folds": "" if folds is None else f"{folds} ({parameters.get('split.kind', 'random')} split)",
        "Sampler": parameters.get("sweep.sampler.class", ""),
        "Trials": ", ".join(
            f"{show_count(summary[key])} {state}" for state, key in counts.items() if summary[key]
        ),
        "Best trial": str(summary["best_trial"]),
        "Study": summary["study"],
    }
    return {name: value for name, value in facts.items() if value}


def list_data_facts(data: ReportData) -> dict[str, str]:
    """List what the rows were.

    Args:
        data: What the run left.

    Returns:
        Values by name, without those that are unknown.
    """
    table, parameters = data.data_summary, data.parameters
    numbers = {
        "Rows in the table": table.get("rows"),
        "Copies of other rows": table.get("copies"),
        "Training rows": table.get("train_rows", data.summary.get("rows")),
        "Test rows": table.get("test_rows", data.test_details.get("rows")),
    }
    facts = {name: show_count(value) for name, value in numbers.items() if value is not None}
    if "duplicates" in parameters and "Copies of other rows" in facts:
        rules = {"drop": "dropped", "together": "kept on one side of every split", "keep": "kept"}
        rule = parameters["duplicates"]
        facts["Copies of other rows"] += f", {rules.get(rule, rule)}"
    if parameters.get("split.column") is not None:
        facts["Split"] = f"{parameters['split.kind']}, by {parameters['split.column']}"
    elif "split.kind" in parameters:
        facts["Split"] = str(parameters["split.kind"])
    return facts


def find_target(data: ReportData) -> str:
    """Find the name of the column that the model predicts."""
    names = [
        data.model_card.get("target"),
        data.data_summary.get("target"),
        data.parameters.get("y_label"),
    ]
    return next((str(name) for name in names if name is not None), "the target")


def _find_model(data: ReportData) -> str:
    return str(data.summary.get("model") or data.parameters.get("model.class", "the model"))


def _find_task(data: ReportData) -> str:
    return str(data.summary.get("task") or data.model_card.get("task", "prediction"))


def _count(number: int, noun: str) -> str:
    return f"{show_count(number)} {noun}{'' if number == 1 else 's'}"


def list_metrics(data: ReportData) -> list[dict[str, str]]:
    """List the metrics of the model.

    Args:
        data: What the run left.

    Returns:
        For each metric its `name`, which direction is `better`, and the values of `test`, `interval` and
        `train`.
    """
    intervals = data.test_details.get("intervals", {})
    names = dict.fromkeys([*data.test_metrics, *data.train_metrics])
    return [
        {
            "name": METRICS.get(name, name),
            "better": "lower" if name in LOWER_IS_BETTER else "higher" if name in METRICS else "",
            "test": show_number(data.test_metrics.get(name)),
            "interval": show_interval(*intervals.get(name, (None, None))) or MISSING,
            "train": show_number(data.train_metrics.get(name)),
        }
        for name in names
    ]


def list_classes(data: ReportData) -> list[dict[str, Any]]:
    """List the classes with their rows and how well the model finds them.

    Args:
        data: What the run left.

    Returns:
        For each class its `name`, the rows of `train` and `test`, and `precision`, `recall` and `f1` on
        the test rows, `None` where unknown. Nothing for a regression.
    """
    counts = data.data_summary.get("classes", {})
    scores = data.test_details.get("classes", {})
    return [
        {
            "name": name,
            "train": counts.get(name, {}).get("train"),
            "test": scores.get(name, {}).get("rows", counts.get(name, {}).get("test")),
            **{key: scores.get(name, {}).get(key) for key in ("precision", "recall", "f1")},
        }
        for name in dict.fromkeys([*counts, *scores])
    ]


def list_search_space(data: ReportData) -> list[dict[str, str]]:
    """List what the search varied.

    Args:
        data: What the run left.

    Returns:
        For each argument its `name`, the `range`, and the `best` value.
    """
    space: dict[str, dict[str, Any]] = {}
    for parameter, value in data.parameters.items():
        if parameter.startswith("search_space."):
            name, _, key = parameter.removeprefix("search_space.").rpartition(".")
            space.setdefault(name, {})[key] = value
    best = data.model_card.get("parameters", {}).get("best", {})
    return [
        {
            "name": name,
            "range": _describe_range(space.get(name, {})),
            "best": show_value(best[name]) if name in best else MISSING,
        }
        for name in dict.fromkeys([*space, *best])
    ]


def _describe_range(dimension: Mapping[str, Any]) -> str:
    if "choices" in dimension:
        return ", ".join(map(show_value, dimension["choices"]))
    if not {"low", "high"} <= set(dimension):
        return MISSING
    step = dimension.get("step")
    parts = [
        f"{show_value(dimension['low'])} to {show_value(dimension['high'])}",
        f"in steps of {show_value(step)}" if step not in (None, 1) else "",
        "on a log scale" if dimension.get("log") else "",
    ]
    return ", ".join(filter(None, parts))


def list_best_trials(data: ReportData) -> dict[str, list[Any]]:
    """List the best trials, each configuration once.

    Args:
        data: What the run left.

    Returns:
        The `names` of the columns, and the `rows`: number, value and parameters of a trial.
    """
    if data.trials is None or data.trials.empty:
        return {"names": [], "rows": []}
    trials = data.trials[data.trials["state"] == "COMPLETE"]
    columns = [column for column in trials.columns if column.startswith("params_")]
    trials = trials.sort_values(
        "value", ascending=data.summary["direction"] == "minimize", kind="stable"
    )
    if columns:
        trials = trials.drop_duplicates(columns)
    rows = [
        [str(number), show_number(value, 4), *map(show_value, values)]
        for number, value, *values in trials[["number", "value", *columns]]
        .head(MAX_TRIALS)
        .astype(object)
        .itertuples(index=False)
    ]
    return {"names": [column.removeprefix("params_") for column in columns], "rows": rows}


def list_features(data: ReportData) -> list[dict[str, str]]:
    """List the features that the model sees.

    Args:
        data: What the run left.

    Returns:
        For each feature its `name`, `kind` and number of `gaps`.
    """
    described = data.data_summary.get("features", {})
    dtypes = data.model_card.get("features", {})
    return [
        {
            "name": name,
            "kind": described.get(name, {}).get("kind") or dtypes.get(name, MISSING),
            "gaps": str(described.get(name, {}).get("gaps", MISSING)),
        }
        for name in dict.fromkeys([*described, *dtypes])
    ]


def list_figures(data: ReportData) -> list[Figure]:
    """List the figures in reading order; those without a caption are last.

    Args:
        data: What the run left.

    Returns:
        All figures but that of the scores.
    """
    names = [name for name in FIGURES if name in data.figures]
    names += [name for name in data.figures if name not in FIGURES and name != SCORES]
    return [
        Figure(
            name,
            *FIGURES.get(name, (OTHER_FIGURES, "")),
            data.figures[name],
        )
        for name in names
    ]


def shorten(path: str) -> str:
    """Shorten an import path to its last name."""
    return path.rpartition(".")[2]


def name_score(scoring: str) -> str:
    """Name a score, such as a scorer of scikit-learn, in words: `neg_log_loss` is `negative log loss`."""
    name = shorten(scoring)
    return METRICS.get(name, re.sub("^neg_", "negative ", name).replace("_", " "))


def show_number(value: float | None, min_decimals: int = 3) -> str:
    """Write a number with four digits, or three behind the point of a small one.

    Args:
        value: The number; None for a dash.
        min_decimals: Digits behind the point of a number below 10.

    Returns:
        The number in words that can be read: `0.598`, `12.35`, `1,234`, `1.2e-05`.
    """
    if value is None or pd.isna(value):
        return MISSING
    size = abs(value)
    if size >= 1e7 or 0 < size < 1e-3:
        text = f"{value:.3g}"
    else:
        decimals = max(0, min_decimals - (floor(log10(size)) if size >= 1 else 0))
        text = f"{value:,.{decimals}f}"
    return text.replace("-", MINUS, 1) if value < 0 else text


def show_count(number: int | None) -> str:
    """Write a number of rows or trials, `1,143`; a dash for None."""
    return MISSING if number is None else f"{number:,}"


def show_interval(low: float | None, high: float | None) -> str:
    """Write the two ends of an interval; nothing if there is none."""
    return "" if low is None or high is None else f"{show_number(low)} to {show_number(high)}"


def show_value(value: Any) -> str:
    """Write the value of a parameter as in `parameters.yml`; a dash for a missing one of a trial."""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return MISSING if pd.isna(value) else f"{value:.6g}"
    return json.dumps(value, ensure_ascii=False, default=str)


def _show_commit(git: Mapping[str, Any]) -> str:
    parts = [
        str(git.get("commit_sha", "")),
        git.get("branch"),
        "edited since" if git.get("dirty") else "",
    ]
    return ", ".join(filter(None, parts))
