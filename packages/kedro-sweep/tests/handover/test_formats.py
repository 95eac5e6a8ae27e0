"""A model without what only this library knows, in the formats of skops and ONNX."""

import json
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from onnxruntime import InferenceSession
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from kedro_sweep.errors import InputError
from kedro_sweep.evaluation.decisions import make_deciding
from kedro_sweep.evaluation.decisions._classifier import restore_decision
from kedro_sweep.evaluation.ensemble import SoftVotingClassifier
from kedro_sweep.evaluation.ensemble.voting import WeightedPipeline
from kedro_sweep.handover import Handover, _formats
from kedro_sweep.handover._formats import list_steps, save_onnx, save_skops, simplify
from kedro_sweep.search.settings import rename_columns
from kedro_sweep.tables import Data, check_rows, prepare_rows, take_raw_rows
from kedro_sweep.tables.kinds import to_numbers

DECISION: dict[str, Any] = {
    "calibration": {"calibrator": {"power": 1.7}},
    "rule": {"threshold": 0.3, "positive": "yes"},
}


@pytest.fixture(scope="module")
def numbers(handover: Handover) -> Any:
    return check_rows(handover.rows, handover.schema)[0][["age", "active"]].astype(float)


@pytest.fixture(scope="module")
def ensemble(numbers: Any) -> Any:
    """Two members, one as ensembles wrap it, with a threshold on corrected probabilities."""
    members = [
        ("line", WeightedPipeline([("scale", StandardScaler()), ("model", LogisticRegression())])),
        ("forest", RandomForestClassifier(n_estimators=3, random_state=0)),
    ]
    return decide(SoftVotingClassifier(members, weights=[2, 1]), numbers)


def decide(estimator: Any, numbers: Any) -> Any:
    """Train an estimator, and let it decide."""
    train = numbers.assign(left=np.where(numbers["age"] > 41, "yes", "no"))
    preparation = prepare_rows(train, {"age": 40.0}, Data(y_label="left", impute="mean"))
    X, y = preparation.transform(train), train["left"]
    return take_raw_rows(preparation, make_deciding(estimator.fit(X, y), DECISION, X, y), DECISION)


def test_an_ensemble_needs_no_class_of_ours_and_decides_the_same(numbers: Any, ensemble: Any) -> None:
    model, simple = ensemble, simplify(ensemble)
    for _, part in list_steps(simple):
        assert type(part).__module__.startswith("sklearn.")
        assert getattr(part, "func", None) is None
    [simple_ensemble] = [part for _, part in list_steps(simple) if hasattr(part, "estimators")][:1]
    assert not any(isinstance(each, WeightedPipeline) for _, each in simple_ensemble.estimators)
    restored = restore_decision(simple, DECISION)
    assert (restored.predict(numbers) == model.predict(numbers)).all()
    assert (restored.predict_proba(numbers) == model.predict_proba(numbers)).all()
    assert restored.decision_ == DECISION
    assert model[0].transformers[0][1][0].func is to_numbers  # the model itself is as it was


def test_skops_saves_the_list_of_types_to_review(handover: Handover, tmp_path: Path) -> None:
    save_skops(handover.model, tmp_path)
    types = json.loads((tmp_path / "trusted_types.json").read_text())
    assert "sklearn.tree._tree.Tree" in types
    assert not [name for name in types if name.startswith("kedro_sweep")]


def test_skops_refuses_a_step_of_ours_by_name(numbers: Any, tmp_path: Path) -> None:
    renamed = make_pipeline(FunctionTransformer(rename_columns), LogisticRegression())
    with pytest.raises(InputError, match=r"functiontransformer.*rename_columns"):
        save_skops(decide(renamed, numbers), tmp_path)
    voting = SoftVotingClassifier([("line", RidgeClassifier()), ("other", LogisticRegression())])
    with pytest.raises(InputError, match="SoftVotingClassifier"):
        save_skops(decide(voting, numbers), tmp_path)


def test_onnx_computes_the_undecided_probabilities_of_an_ensemble(
    numbers: Any, ensemble: Any, tmp_path: Path
) -> None:
    save_onnx(ensemble, tmp_path)
    session = InferenceSession(tmp_path / "model.onnx")
    inputs = {name: numbers[[name]].to_numpy(np.float32) for name in numbers}
    labels, probabilities = session.run(None, inputs)
    undecided = simplify(ensemble)
    assert (labels == undecided.predict(numbers)).all()
    assert probabilities == pytest.approx(undecided.predict_proba(numbers), abs=1e-4)


def load_template(name: str) -> Any:
    """Import a module of the exported folder."""
    file = Path(_formats.__file__).with_name("template") / name
    spec: Any = spec_from_file_location(file.stem, file)
    spec.loader.exec_module(module := module_from_spec(spec))
    return module


def test_a_number_near_0_is_as_exact_as_the_others_of_its_row(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = {"prediction": 400_000.0, "low": 150.0, "high": 799_850.0}
    found = [pd.DataFrame([expected | {"low": low}]) for low in (150.05, 400.0)]
    rows = SimpleNamespace(read_rows=lambda _: (None, [], None))
    model = SimpleNamespace(load_model=lambda: None)
    modules = {"rows": rows, "model": model, "decisions": SimpleNamespace()}
    modules["decisions"].predict_table = lambda *_: found.pop(0)
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    check = load_template("check.py")
    sample = {"rows": [{}], "expected": [expected], "tolerance": 1e-4}
    assert [*check.list_differences(sample)] == []
    assert [*check.list_differences(sample)] == ["row 0: low is 400.0, not 150.0"]


def test_a_graph_says_true_and_false_although_it_has_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    names = SimpleNamespace(COLUMNS=["size"])
    monkeypatch.setitem(sys.modules, "rows", names)
    monkeypatch.setitem(sys.modules, "decisions", SimpleNamespace(restore_decision=None))
    module = load_template("onnx/model.py")
    column = SimpleNamespace(name="size", type="tensor(float)")
    session = SimpleNamespace(get_inputs=lambda: [column], run=lambda *_: [np.array([0, 1])])
    model = module.OnnxClassifier(session)
    for classes in ([False, True], [0, 1]):
        model.classes_ = np.array(classes)
        assert model.predict(pd.DataFrame({"size": [1.0, 2.0]})).dtype == model.classes_.dtype


def test_onnx_refuses_a_step_that_cannot_be_converted_by_name(numbers: Any, tmp_path: Path) -> None:
    from skrub import TableVectorizer  # noqa: PLC0415  # slow to import

    pipeline = make_pipeline(TableVectorizer(), LogisticRegression())
    with pytest.raises(InputError, match=r"'model\.tablevectorizer' \(skrub\..*TableVectorizer\)"):
        save_onnx(decide(pipeline, numbers), tmp_path)
    assert not [*tmp_path.iterdir()]
