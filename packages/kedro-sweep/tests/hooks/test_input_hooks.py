"""A run compares what it loads with the parameters that it has."""

import json
import logging
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import Node, Pipeline
from kedro_datasets.json import JSONDataset
from kedro_datasets.pandas import ParquetDataset

from kedro_sweep.datasets.model_dataset import ModelDataset
from kedro_sweep.errors import InputError
from kedro_sweep.evaluation import Decision
from kedro_sweep.hooks._input_hooks import InputHooks
from kedro_sweep.search import StudyConfiguration, Sweep, configure_candidates
from kedro_sweep.tables import Data, describe_table, mark_rows, prepare_rows
from kedro_sweep.tables._record import summarize_tables

TRAIN = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0], "y": [0, 1]})
MEANS = {"a": 1.5, "b": 3.5}
RUN = {"run_id": "2026-01-01T00.00.00.000Z"}
OLD, NEW = "2026-01-01T00.00.00.000Z", "2026-01-02T00.00.00.000Z"
Groups = dict[str, dict[str, Any]]


@pytest.fixture
def parameters(parameters: Groups) -> Groups:
    """The parameters of a run, for a small table of which all columns are features."""
    parameters["data"] |= {"features": None, "y_label": "y"}
    return parameters


@pytest.fixture
def catalog(parameters: Groups) -> DataCatalog:
    """What an earlier run made with the same parameters."""
    data, sweep = validate(parameters)
    preparation = prepare_rows(TRAIN, MEANS, data)
    study = StudyConfiguration.from_table(TRAIN, preparation, data, sweep).study_name
    record = summarize_tables(TRAIN, TRAIN, TRAIN, TRAIN, data, is_classifier=True)
    return DataCatalog(
        {
            "data_summary": MemoryDataset(record),
            "train": ParquetDataset(filepath="data/train.parquet"),
            "means": MemoryDataset(MEANS),
            "sweep_summary": MemoryDataset({"candidates": [{"study": study}], "ensemble_size": 0}),
            "features": MemoryDataset({"features": ["a", "b"], "y_label": "y"}),
        }
    )


def validate(parameters: Groups) -> tuple[Data, Sweep]:
    return Data.model_validate(parameters["data"]), Sweep.model_validate(parameters["sweep"])


def read(*_: Any) -> int:
    return 0


def use(*names: str) -> Pipeline:
    """A run that loads datasets and both groups of parameters."""
    return Pipeline([Node(read, [*names, "params:data", "params:sweep"], "n", name="use")])


def start(pipeline: Pipeline, catalog: DataCatalog, parameters: Groups, **change: Any) -> InputHooks:
    """Start a run with parameters, of which some change, as Kedro does."""
    changed = {group: dict(given) for group, given in parameters.items()}
    for name, value in change.items():
        changed["sweep" if name == "model" else "data"][name] = value
    for group, model in zip(changed, validate(changed), strict=True):
        catalog[f"params:{group}"] = MemoryDataset(model)
    hooks = InputHooks()
    hooks.before_pipeline_run(RUN, pipeline, catalog)
    return hooks


def test_what_was_made_with_the_same_parameters_passes(catalog: DataCatalog, parameters: Groups) -> None:
    hooks = start(use("train", "members", "model"), catalog, parameters)
    hooks.before_node_run({"train": TRAIN}, RUN["run_id"])


def test_a_study_that_an_earlier_release_named_passes(catalog: DataCatalog, parameters: Groups) -> None:
    [study] = catalog.load("sweep_summary")["candidates"]
    study["study"] = f"RandomForestClassifier-{study['study'][-12:]}"
    catalog["sweep_summary"] = MemoryDataset({"candidates": [study], "ensemble_size": 0})
    test_what_was_made_with_the_same_parameters_passes(catalog, parameters)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"frac": 0.3}, r"data\.frac 0\.15 → 0\.3"),
        ({"features": ["a", "c"]}, r"data\.features: \['c'\] are new"),
        ({"drop": ["b"]}, r"data\.drop \[\] → \['b'\]"),
        (
            {"split": {"kind": "group", "column": "b"}},
            r"data\.split {'kind': 'random', .* → {'kind'",
        ),
        ({"duplicates": "keep"}, "data.duplicates auto → keep"),
        ({"impute": "in_model"}, "data.impute mean → in_model"),
        ({"model": {"class": "sklearn.linear_model.Ridge"}}, "is_classifier True → False"),
    ],
    ids=["frac", "features", "drop", "split", "duplicates", "impute", "model"],
)
def test_other_parameters_than_the_tables_stop_the_run_before_its_first_node(
    change: dict[str, Any], message: str, catalog: DataCatalog, parameters: Groups
) -> None:
    with pytest.raises(InputError, match=message):
        start(use("train"), catalog, parameters, **change)


def test_parameters_of_a_pipeline_without_type_hints_are_compared_too(
    catalog: DataCatalog, parameters: Groups
) -> None:
    catalog["params:data"] = MemoryDataset(parameters["data"] | {"frac": 0.3})
    catalog["params:sweep"] = MemoryDataset(parameters["sweep"])
    with pytest.raises(InputError, match=r"data\.frac 0\.15 → 0\.3"):
        InputHooks().before_pipeline_run(RUN, use("train"), catalog)


def test_another_classifier_leaves_the_tables_as_they_are(
    catalog: DataCatalog, parameters: Groups
) -> None:
    hooks = start(use("train"), catalog, parameters, model={"class": "sklearn.svm.SVC"})
    hooks.before_node_run({"train": TRAIN}, RUN["run_id"])


def test_a_run_that_reads_no_parameter_may_change_it(catalog: DataCatalog, parameters: Groups) -> None:
    start(Pipeline([Node(read, "train", "n", name="use")]), catalog, parameters, frac=0.3)


def test_a_run_that_makes_the_tables_may_change_everything(
    catalog: DataCatalog, parameters: Groups
) -> None:
    makes = Pipeline([Node(read, "raw", "train", name="make")])
    hooks = start(makes + use("train"), catalog, parameters, frac=0.3)
    hooks.before_node_run({"train": pd.DataFrame()}, RUN["run_id"])


def test_a_catalog_without_an_entry_for_the_record_is_not_checked(
    catalog: DataCatalog, parameters: Groups
) -> None:
    without = DataCatalog({"train": catalog["train"]})
    hooks = start(use("train"), without, parameters, frac=0.3)
    hooks.before_node_run({"train": pd.DataFrame()}, RUN["run_id"])


@pytest.mark.parametrize("summary", [None, {"rows": 3}], ids=["none", "of an earlier release"])
def test_tables_without_a_record_are_refused(
    summary: dict[str, Any] | None, catalog: DataCatalog, parameters: Groups, tmp_path: Path
) -> None:
    catalog["data_summary"] = JSONDataset(filepath=str(tmp_path / "data_summary.json"))
    if summary:
        catalog.save("data_summary", summary)
    with pytest.raises(InputError, match="There is no record of how the training and test tables were"):
        start(use("train"), catalog, parameters)


def test_a_table_that_was_cut_short_is_named_by_its_file(
    catalog: DataCatalog, parameters: Groups
) -> None:
    hooks = start(use("train"), catalog, parameters)
    with pytest.raises(InputError, match=r"data/train\.parquet is not what was saved: it has 1 rows"):
        hooks.before_node_run({"train": TRAIN.head(1)}, RUN["run_id"])


@pytest.mark.parametrize("part", ["model", "features"])
def test_the_members_of_another_search_stop_the_run(
    part: str, catalog: DataCatalog, parameters: Groups
) -> None:
    [study] = (found["study"] for found in catalog.load("sweep_summary")["candidates"])
    fixed = parameters["sweep"]["model"] | {"params": {"max_features": 1}}
    change = {"model": fixed, "features": ["b"]}[part]
    hooks = start(use("train", "members"), catalog, parameters, **{part: change})
    with pytest.raises(
        InputError, match=f"of study {study}, .* describe a search of study y-random_forest-"
    ):
        hooks.before_node_run({"train": TRAIN}, RUN["run_id"])


def test_members_of_an_ensemble_stop_a_run_that_asks_for_none(
    catalog: DataCatalog, parameters: Groups
) -> None:
    catalog["sweep_summary"] = MemoryDataset(catalog.load("sweep_summary") | {"ensemble_size": 25})
    hooks = start(use("train", "members"), catalog, parameters)
    with pytest.raises(
        InputError, match=r"with sweep\.ensemble\.size 25, .* a search with sweep\.ensemble\.size 0"
    ):
        hooks.before_node_run({"train": TRAIN}, RUN["run_id"])


def test_a_model_that_was_chosen_otherwise_stops_the_run(
    catalog: DataCatalog, parameters: Groups
) -> None:
    catalog["sweep_summary"] = MemoryDataset(catalog.load("sweep_summary") | {"choose": "fastest"})
    hooks = start(use("train", "members"), catalog, parameters)
    with pytest.raises(InputError, match=r"with sweep.choose fastest, .* with sweep.choose best"):
        hooks.before_node_run({"train": TRAIN}, RUN["run_id"])


@pytest.mark.parametrize(
    ("costs", "message"),
    [
        ({1: {0: 5}}, None),  # a file of JSON turns the class into text
        ({1: {0: 9}}, "a search with decision .*5.*, but .* a search with decision .*9"),
    ],
)
def test_a_decision_with_other_parameters_stops_the_run(
    costs: dict[int, Any],
    message: str | None,
    catalog: DataCatalog,
    parameters: Groups,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = Decision(costs={1: {0: 5}}).model_dump()
    monkeypatch.setattr("kedro_sweep.evaluation.check_decision", lambda _, found: found)
    catalog["params:decision"] = MemoryDataset(Decision(costs=costs))
    hooks = start(use("train", "members", "decision"), catalog, parameters)
    inputs = {"train": TRAIN, "decision": json.loads(json.dumps({"parameters": before}))}
    with pytest.raises(InputError, match=message) if message else nullcontext():
        hooks.before_node_run(inputs, RUN["run_id"])


def test_candidates_without_probabilities_that_a_decision_left_out_are_not_missed(
    parameters: Groups,
) -> None:
    given, train = parameters["sweep"], pd.concat([TRAIN] * 6, ignore_index=True)
    space = {"C": {"type": "float", "low": 0.1, "high": 9}}
    svm = {"class": "sklearn.svm.SVC", "search_space": space}
    given["models"] = {"forest": given["model"] | {"search_space": given["search_space"]}, "svm": svm}
    data, sweep = validate(parameters)
    configurations = configure_candidates(train, prepare_rows(train, MEANS, data), data, sweep)
    searched = [{"study": configurations["forest"].study_name}]
    summary = {"candidates": searched, "ensemble_size": 0}
    decision = Decision(costs={"fp": 1, "fn": 5})
    made = {"means": MEANS, "sweep_summary": summary, "params:decision": decision}
    catalog = DataCatalog({name: MemoryDataset(value) for name, value in made.items()})
    hooks = start(use("train", "members"), catalog, parameters)
    hooks.before_node_run({"train": train}, RUN["run_id"])


def test_a_search_may_change_everything_but_the_tables(catalog: DataCatalog, parameters: Groups) -> None:
    fixed = parameters["sweep"]["model"] | {"params": {"max_features": 1}}
    searches = Pipeline([Node(read, "train", "members", name="search")])
    hooks = start(searches + use("members"), catalog, parameters, model=fixed)
    hooks.before_node_run({"train": TRAIN}, RUN["run_id"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"features": ["a"]}, r"data.features \['a', 'b'\], .* \['a'\]"),
        ({"y_label": "z"}, "data.y_label y, .* z"),
    ],
    ids=["features", "y_label"],
)
def test_a_model_of_other_columns_stops_the_run(
    change: dict[str, Any], message: str, catalog: DataCatalog, parameters: Groups
) -> None:
    with pytest.raises(InputError, match=f"The model was trained with {message}: train it again"):
        start(use("model"), catalog, parameters, **change)


def test_a_model_of_some_columns_stops_a_run_that_means_all(
    catalog: DataCatalog, parameters: Groups
) -> None:
    catalog["features"] = MemoryDataset({"features": ["a"], "y_label": "y"})
    with pytest.raises(InputError, match=r"with data\.features \['a'\], but this run has \['a', 'b'\]"):
        start(use("train", "model"), catalog, parameters)


def test_a_model_of_other_rows_stops_a_run_that_would_test_it(
    catalog: DataCatalog, parameters: Groups
) -> None:
    catalog["features"] = MemoryDataset(
        {"features": ["a", "b"], "y_label": "y", "trained_on": "other rows"}
    )
    with pytest.raises(InputError, match="The model was trained on other rows than those of the train"):
        start(use("test", "model"), catalog, parameters)
    rows = mark_rows(describe_table(TRAIN[["y"]]), "y")
    catalog["features"] = MemoryDataset({"features": ["a", "b"], "y_label": "y", "trained_on": rows})
    start(use("test", "model"), catalog, parameters)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"features": ["a"]}, r"picks \['a', 'b'\], but .* need \['a'\]: run"),
        ({"means": {"a": 9.0, "b": 3.5}}, "fills gaps with other values"),
        ({}, None),
    ],
)
def test_rows_that_were_prepared_otherwise_stop_the_run(
    change: dict[str, Any], message: str | None, catalog: DataCatalog, parameters: Groups
) -> None:
    preparation = prepare_rows(TRAIN, MEANS, validate(parameters)[0])
    catalog["means"] = MemoryDataset(change.pop("means", MEANS))
    hooks = start(use("train", "preparation"), catalog, parameters, **change)
    with pytest.raises(InputError, match=message) if message else nullcontext():
        hooks.before_node_run({"train": TRAIN, "preparation": preparation}, RUN["run_id"])


def test_a_run_that_makes_only_what_is_missing_is_checked_like_one_of_these_nodes(
    catalog: DataCatalog, parameters: Groups, tmp_path: Path
) -> None:
    TRAIN.to_parquet(tmp_path / "train.parquet")
    catalog["train"] = ParquetDataset(filepath=str(tmp_path / "train.parquet"))
    catalog["n"] = JSONDataset(filepath=str(tmp_path / "missing.json"))
    makes = Pipeline([Node(read, "raw", "train", name="make")])
    start(makes + use("train"), catalog, parameters, frac=0.3)
    run = RUN | {"only_missing_outputs": True}
    with pytest.raises(InputError, match=r"data\.frac 0\.15 → 0\.3"):
        InputHooks().before_pipeline_run(run, makes + use("train"), catalog)


def version(tmp_path: Path, name: str, *versions: str) -> dict[str, Any]:
    """Save versions of a dataset, and describe it for the catalog."""
    for made in versions:
        file = tmp_path / name / made / name
        file.parent.mkdir(parents=True)
        file.write_text("{}")
    return {"type": "json.JSONDataset", "filepath": str(tmp_path / name), "versioned": True}


def test_results_of_an_earlier_search_stop_the_run(tmp_path: Path) -> None:
    entries = {
        "sweep_summary": version(tmp_path, "sweep_summary", OLD, NEW),
        "test_references": version(tmp_path, "test_references", OLD),
    }
    catalog = DataCatalog.from_config(entries)
    run = Pipeline([Node(read, [*entries], "n", name="use")])
    with pytest.raises(InputError, match=f"the search of {NEW}, but test_references of an earlier one"):
        InputHooks().before_pipeline_run(RUN, run, catalog)
    catalog = DataCatalog.from_config(entries, load_versions={"sweep_summary": OLD})
    InputHooks().before_pipeline_run(RUN, run, catalog)


def test_parameters_of_a_run_that_was_stopped_are_not_those_of_the_search(tmp_path: Path) -> None:
    entries = {
        "sweep_summary": version(tmp_path, "sweep_summary", OLD),
        "run_parameters": version(tmp_path, "run_parameters", OLD, NEW),
    }
    catalog = DataCatalog.from_config(entries)
    run = Pipeline([Node(read, [*entries], "n", name="use")])
    InputHooks().before_pipeline_run(RUN, run, catalog)
    parameters: Any = catalog["run_parameters"]
    assert parameters.resolve_load_version() == OLD


def test_a_run_that_predicts_without_parameters_takes_any_model(
    catalog: DataCatalog, parameters: Groups
) -> None:
    start(Pipeline([Node(read, "model", "n", name="use")]), catalog, parameters, y_label="z")


def test_two_runs_in_one_process_are_compared_with_their_own_parameters(
    catalog: DataCatalog, parameters: Groups
) -> None:
    hooks = start(use("train"), catalog, parameters)
    other = {"run_id": "2026-01-01T00.00.01.000Z"}
    makes = Pipeline([Node(read, "raw", "train", name="make")])
    hooks.before_pipeline_run(other, makes + use("train"), catalog)
    hooks.before_node_run({"train": pd.DataFrame()}, other["run_id"])
    hooks.after_pipeline_run(other)
    with pytest.raises(InputError, match="is not what was saved"):
        hooks.before_node_run({"train": TRAIN.head(1)}, RUN["run_id"])


@pytest.mark.parametrize("end", ["after_pipeline_run", "on_pipeline_error"])
def test_a_run_that_has_ended_is_forgotten(end: str, catalog: DataCatalog, parameters: Groups) -> None:
    hooks = start(use("train"), catalog, parameters)
    getattr(hooks, end)(RUN)
    hooks.before_node_run({"train": TRAIN.head(1)}, RUN["run_id"])


def test_nothing_is_checked_in_a_process_that_runs_a_node_for_a_run() -> None:
    InputHooks().before_node_run({"train": pd.DataFrame()}, RUN["run_id"])


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
    run = Pipeline([Node(read, inputs, "n", name="use")])
    InputHooks().before_pipeline_run(RUN, run, catalog)
    model = catalog["model"]
    assert isinstance(model, ModelDataset)
    assert model._version.load == version
    assert (NEW in caplog.text) is bool(version)
