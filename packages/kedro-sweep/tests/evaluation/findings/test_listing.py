"""The findings of a run are listed by name, and logged."""

from typing import Any

import optuna
import pandas as pd
import pytest
from optuna.storages import InMemoryStorage
from sklearn.compose import ColumnTransformer

from kedro_sweep.errors import InputError
from kedro_sweep.evaluation import list_findings
from kedro_sweep.search import Sweep
from kedro_sweep.tables import Data, prepare_rows

SWEEP = Sweep.model_validate(
    {
        "model": {"class": "sklearn.tree.DecisionTreeClassifier"},
        "search_space": {"max_depth": {"type": "int", "low": 1, "high": 9}},
        "n_trials": 1,
        "cv": 2,
        "sampler": {"class": "RandomSampler"},
        "pruner": {"class": "NopPruner"},
    }
)
DATA = Data(y_label="kind", impute="none", random_seed=0)
OTHERS: dict[str, Any] = {
    "test_details": {},
    "data_summary": {},
    "row_groups": pd.DataFrame(),
    "data": DATA,
    "sweep": SWEEP,
}


def test_findings_are_listed_by_name_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    storage = InMemoryStorage()
    study = optuna.create_study(storage=storage, study_name="tree", direction="maximize")
    study.add_trial(optuna.create_trial(value=0.5))
    train = pd.DataFrame({"size": range(20), "color": [*"ab" * 10], "kind": [*"xxyy" * 5]})
    description = {"features": ["size", "color"], "y_label": "kind"}
    summary = {"study": "tree", "candidate": "DecisionTreeClassifier"}
    rows = (train, train.head(4))
    prepared = prepare_rows(train, {}, DATA)
    findings = list_findings(*rows, description, storage, summary, preparation=prepared, **OTHERS)
    found = findings["copies_across_split"]
    assert found["figures"]["test_copies"] == 4
    assert f"{found['message']} {found['remedy']}" in caplog.messages


def test_the_best_candidate_of_a_search_with_other_candidates_is_refused() -> None:
    rows = pd.DataFrame({"size": [1.0]})
    summary = {"study": "forest", "candidate": "forest"}
    with pytest.raises(
        InputError, match=r"is forest, but the candidates of this run are \['DecisionTree"
    ):
        list_findings(
            rows, rows, {}, InMemoryStorage(), summary, preparation=ColumnTransformer([]), **OTHERS
        )
