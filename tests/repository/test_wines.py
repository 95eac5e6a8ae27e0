"""The example: the wine table, and the study of it."""

from pathlib import Path

import optuna
import pandas as pd
import sklearn
from kedro_sweep.search import Sweep, open_journal
from kedro_sweep.tables import Data
from pandas.testing import assert_frame_equal

from wine_sweep.pipelines.data_processing.nodes import split_table

from tests.conftest import Project, read_yaml


def test_the_wine_table_has_its_columns(wine: pd.DataFrame) -> None:
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


def test_the_wine_table_has_its_rows_and_classes(wine: pd.DataFrame) -> None:
    assert len(wine) == 1143
    assert wine["Id"].is_unique
    assert wine["quality"].value_counts().to_dict() == {5: 483, 6: 462, 7: 143, 4: 33, 8: 16, 3: 6}
    assert not wine.isna().any(axis=None)


def test_the_wines_have_the_same_copies_whichever_rule_finds_them(
    root: Path, wine: pd.DataFrame
) -> None:
    sweep = Sweep.model_validate(read_yaml(root / "conf/base/parameters_data_science.yml")["sweep"])
    table = wine.drop(columns="Id")
    auto, drop = (
        split_table(table, Data.model_validate({"y_label": "quality", "duplicates": rule}), sweep)
        for rule in ("auto", "drop")
    )
    assert len(pd.concat(auto)) == 1018
    assert_frame_equal(auto[0], drop[0])
    assert_frame_equal(auto[1], drop[1])


def test_the_study_says_what_it_depends_on(searched_once: Project) -> None:
    storage = open_journal(str(searched_once.path / "data/07_model_output/studies.journal"))
    [summary] = optuna.get_all_study_summaries(storage)
    attributes = summary.user_attrs["configuration"]
    assert attributes["model"] == "sklearn.ensemble.RandomForestClassifier"
    assert (attributes["rows"], attributes["target"]) == (865, "quality")
    assert (attributes["scoring"], attributes["direction"]) == ("accuracy", "maximize")
    # Short texts, which a dashboard can show.
    assert summary.user_attrs["data"] == "865 rows, 11 features, target quality"
    assert summary.user_attrs["score"] == "accuracy, maximize"
    assert summary.user_attrs["versions"] == f"scikit-learn {sklearn.__version__}"
    assert optuna.load_study(study_name=summary.study_name, storage=storage).metric_names == ["accuracy"]
