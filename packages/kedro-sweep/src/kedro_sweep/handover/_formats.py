"""The file of a model as a pickle, in the format of skops, or as an ONNX graph.

Only a pickle can hold functions of this library. The others leave out the conversions of raw values,
which the exported application does by the schema, and what decides, which it restores from the card.
"""

import json
from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import VotingClassifier, VotingRegressor
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer

from kedro_sweep.datasets import portable_pickle
from kedro_sweep.errors import InputError
from kedro_sweep.evaluation.decisions import find_undecided
from kedro_sweep.evaluation.ensemble import SoftVotingClassifier
from kedro_sweep.tables import split_model, take_raw_rows

OURS = "kedro_sweep."
SINGLE = 1e-4


def save_pickle(model: Pipeline, folder: Path) -> str:
    """Pickle the model with the code of this library that it needs."""
    with (folder / "model.pkl").open("wb") as file:
        portable_pickle.dump(model, file)
    return ""


def save_skops(model: Pipeline, folder: Path) -> str:
    """Save the model, and the list of types that skops asks to trust."""
    from skops import io  # noqa: PLC0415  # an extra

    simple, file = simplify(model), folder / "model.skops"
    for step, part in list_steps(simple):
        for needed in (type(part), getattr(part, "func", None)):
            if getattr(needed, "__module__", "").startswith(OURS):
                raise refuse("skops", step, needed)
    try:
        io.dump(simple, file)
        types = io.get_untrusted_types(file=file)
    except Exception as error:  # of many classes
        raise InputError(f"skops cannot save the model: {error}. Choose --format pickle.") from error
    (folder / "trusted_types.json").write_text(json.dumps(types, indent=2) + "\n", "utf-8")
    listed = "\n".join(f"- `{name}`" for name in types) or "- none"
    return (
        f"\nTypes that skops asks to trust:\n\n{listed}\n\n"
        "Review the list; it does not make an untrusted file safe."
    )


def save_onnx(model: Pipeline, folder: Path) -> str:
    """Convert the model to a graph with one input for each column."""
    import skl2onnx  # noqa: PLC0415  # an extra
    from skl2onnx.common.data_types import FloatTensorType, StringTensorType  # noqa: PLC0415

    simple = simplify(model)
    texts = {name for kind, _, names in simple[0].transformers for name in names if kind != "numbers"}
    shape = [None, 1]
    columns = [
        (name, StringTensorType(shape) if name in texts else FloatTensorType(shape))
        for name in simple.feature_names_in_
    ]
    options = {id(simple): {"zipmap": False}} if hasattr(simple, "classes_") else None
    try:
        graph = skl2onnx.to_onnx(simple, initial_types=columns, options=options)
    except Exception as error:  # of many classes
        last = f"model.{simple.steps[-1][0]}", simple[-1]
        step, part = next((one for one in list_steps(simple) if str(type(one[1])) in str(error)), last)
        reason = str(error).strip().partition("\n")[0]
        raise InputError(f"{refuse('ONNX', step, type(part))} The reason: {reason:.200}") from error
    (folder / "model.onnx").write_bytes(graph.SerializeToString())
    return f"\nThe graph computes in single precision: predictions may differ by {SINGLE:g}."


def simplify(model: Pipeline) -> Pipeline:
    """Copy a model without conversions and decisions, with scikit-learn's classes where possible."""
    preparation, estimator = deepcopy(split_model(model))
    for _, step, _ in (*preparation.transformers, *preparation.transformers_):
        for _, part in list_steps(step):
            if isinstance(part, FunctionTransformer):
                part.func = None
    simple = take_raw_rows(preparation, find_undecided(estimator))
    for _, part in [*list_steps(simple)]:
        if isinstance(part, Pipeline):
            part.__class__ = Pipeline  # of which an ensemble's only differs in how it is fitted
        if isinstance(part, VotingClassifier | VotingRegressor):
            for _, each in part.estimators:  # unfitted
                if isinstance(each, Pipeline):
                    each.__class__ = Pipeline
            if part.weights is not None:
                part.weights = np.asarray(part.weights)  # skl2onnx takes no list
        if isinstance(part, SoftVotingClassifier) and all(
            hasattr(each, "predict_proba") for each in part.estimators_
        ):
            part.__class__, part.flatten_transform = VotingClassifier, False
    return simple


def list_steps(part: Any, path: str = "model") -> Iterator[tuple[str, Any]]:
    """List a fitted model and its steps, with their paths."""
    steps = part.steps if isinstance(part, Pipeline) else []
    if isinstance(part, ColumnTransformer):
        steps = [(name, step) for name, step, _ in part.transformers_]
    if isinstance(part, VotingClassifier | VotingRegressor):
        steps = part.named_estimators_.items()
    yield path, part
    for name, step in steps:
        if not isinstance(step, str):
            yield from list_steps(step, f"{path}.{name}")


def refuse(what: str, step: str, needed: Any) -> InputError:
    return InputError(
        f"{what} cannot hold the step '{step}' ({needed.__module__}.{needed.__qualname__}): choose "
        "another --format, such as pickle."
    )


class Format(NamedTuple):
    """What saves a model and says what to know of it; what loads it, and how exactly it predicts."""

    file: str
    save: Callable[[Pipeline, Path], str]
    extra: str
    packages: tuple[str, ...]
    tolerance: float = 1e-9  # other processors may round differently


FORMATS = {
    "pickle": Format("model.pkl", save_pickle, "export", ("cloudpickle",)),
    "skops": Format("model.skops", save_skops, "export", ("skops",)),
    "onnx": Format("model.onnx", save_onnx, "onnx", ("onnxruntime",), SINGLE),
}
