"""`sweep.model` and `sweep.models`: the estimators to tune; and the base of all that `class` names."""

import importlib.util
import inspect
import re
from abc import abstractmethod
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Discriminator, Field, PositiveInt, Tag, model_validator
from sklearn.base import BaseEstimator, ClassifierMixin, clone, is_classifier
from sklearn.pipeline import Pipeline

from kedro_sweep import validation
from kedro_sweep.errors import InputError
from kedro_sweep.search.settings._space import ROUNDS, SearchSpace, Value, find_argument

# Classes that take only some of the targets that this project allows, and the class to use instead.
STAND_INS = {"xgboost.XGBClassifier": "kedro_sweep.search.settings._xgboost.XGBClassifier"}


class Component(validation.StrictModel):
    """Anything that is named by its class. It is made once, when it is read, to check that it can be."""

    path: Annotated[str, Field(alias="class")]
    params: dict[str, Any] = Field(default_factory=dict)
    _seed: ClassVar[str] = "random_state"

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2]

    @property
    def source(self) -> Any:
        """The class or function whose code counts."""
        return validation.import_callable(self.path)

    @abstractmethod
    def _find(self) -> Any:
        """The class or function, checked to be of the right kind."""

    def _find_problem(self, made: Any) -> str:
        """What is wrong with what the class or function returned, if anything."""
        return ""

    def make(self, **seed: Any) -> Any:
        """Call the class or function, with a seed if it is to have one."""
        found = self._find()
        try:
            return found(**self.params, **seed)
        except (TypeError, ValueError, ImportError) as error:
            raise ValueError(f"{self.path} does not accept params {self.params}: {error}") from error

    def build(self, seed: int) -> Any:
        """Make one as a search does."""
        return self.make()

    @model_validator(mode="after")
    def _can_be_made(self) -> Self:
        self._check()
        return self

    def _check(self) -> None:
        for name in self.params:
            if name == self._seed or name.endswith(f"__{self._seed}"):
                raise ValueError(f"params.{name}: the seed comes from data.random_seed; remove it here")
        made = self.build(seed=0)
        if problem := self._find_problem(made):
            raise ValueError(f"class: {self.path} {problem}")
        try:
            if hasattr(made, "get_params"):
                validation.check_params(made)
        except ValueError as error:
            raise ValueError(f"params: {error}") from error


class Transformer(Component):
    """`sweep.model.preprocessing`: a transformer, by import path, and its arguments."""

    def _find(self) -> Any:
        found = validation.import_callable(self.path)
        is_class = inspect.isclass(found) and issubclass(found, BaseEstimator)
        if not (is_class or validation.is_own_function(found)):
            raise ValueError(
                f"class: {self.path} is neither a transformer class nor a function of your own that "
                "returns one"
            )
        return found

    def _find_problem(self, made: Any) -> str:
        return "" if hasattr(made, "transform") else "does not return a transformer"


Preprocessing = Annotated[
    Annotated[Literal["auto", "none"], Tag("word")] | Annotated[Transformer, Tag("transformer")],
    Discriminator(lambda value: "transformer" if isinstance(value, dict | Transformer) else "word"),
]


class Model(Component):
    """`sweep.model`: the estimator to tune, a class or a function that returns one, by import path."""

    preprocessing: Preprocessing = "auto"
    first_trials: list[Annotated[dict[str, Value], Field(min_length=1)]] = Field(default_factory=list)

    def _find(self) -> Any:
        found = validation.import_callable(self.path)
        if not (
            validation.is_estimator(found)
            if inspect.isclass(found)
            else validation.is_own_function(found)
        ):
            raise ValueError(
                f"class: {self.path} is neither a class of scikit-learn estimators nor a function of "
                "your own that returns one"
            )
        return validation.import_callable(STAND_INS[self.path]) if self.path in STAND_INS else found

    def _find_problem(self, made: Any) -> str:
        if isinstance(made, ClassifierMixin) and not is_classifier(made):
            return "is not a classifier to scikit-learn: name ClassifierMixin before BaseEstimator"
        return "" if validation.is_estimator(made) else "does not return a scikit-learn estimator"

    @property
    def is_classifier(self) -> bool:
        return bool(is_classifier(self.make()))


class Candidate(Model):
    """One of `sweep.models`: an estimator in a contest, and its arguments to search."""

    search_space: SearchSpace
    optional: bool = False  # if its package is not installed or cannot be loaded, it is skipped
    max_rows: PositiveInt | None = None  # with more training rows, it is skipped

    @property
    def package(self) -> str:
        return self.path.partition(".")[0]

    @property
    def obstacle(self) -> str:
        """Why it is skipped: its package is missing, or lacks a library of the system; empty if not."""
        if not self.optional:
            return ""
        if importlib.util.find_spec(self.package) is None:
            return f"{self.package} is not installed"
        try:
            importlib.import_module(self.package)
        except Exception as error:  # each package raises its own
            reason = str(error).strip().partition("\n")[0].rstrip(".") or type(error).__name__
            return f"{self.package} cannot be loaded: {reason}"
        return ""

    def _check(self) -> None:
        if not self.obstacle:
            super()._check()


def check_search_space(
    model: Model, search_space: SearchSpace, estimator: Any = None, group: str = "sweep"
) -> None:
    """Raise an `InputError` if the search space does not suit the estimator or the first trials.

    Without the whole estimator, arguments of unknown steps (`step__name`) are not checked yet.
    """
    key = f"{group}.search_space"
    whole = model.make() if estimator is None else estimator
    last = whole.steps[-1][1] if isinstance(whole, Pipeline) else whole
    arguments = validation.list_arguments(last)
    known = validation.list_arguments(whole) | arguments
    fixed = {find_argument(whole, name): value for name, value in model.params.items()}
    searched: dict[str, str] = {}
    for name in search_space.root:
        argument, place = find_argument(whole, name), f"{key}.{name}"
        if name == "random_state" or name.endswith("__random_state"):
            raise InputError(
                f"{place}: the seed comes from data.random_seed; remove it from search_space"
            )
        if argument in fixed:
            value = fixed[argument]
            raise InputError(f"{place} is also fixed under params, to {value!r}: keep one of the two")
        if (other := searched.setdefault(argument, name)) != name:
            raise InputError(
                f"{key}.{other} and {place} are one argument of {model.path}: keep one of the two"
            )
        if name not in known and (estimator is not None or "__" not in name):
            raise InputError(
                f"{place} is not an argument of {model.path}, which has {sorted(known)}: "
                "correct its name, or, if you changed the class, replace search_space, too"
            )
    rounds = search_space.rounds
    if rounds and ROUNDS.get(type(last).__name__) != rounds:
        known_classes = ", ".join(f"{argument} of {found}" for found, argument in ROUNDS.items())
        raise InputError(
            f"{key}.{rounds}: type: rounds is not for {type(last).__name__}, but for {known_classes}: "
            "write type: int"
        )
    for name, value in search_space.extremes():
        if name in known:
            changed = clone(last if name in arguments else whole)
            try:
                validation.check_params(changed.set_params(**{name: value}))
            except ValueError as error:
                raise InputError(f"{key}.{name} contains {value!r}. {error}") from error
    for params in model.first_trials:
        applicable = search_space.distributions(params)
        for name, value in params.items():
            if name not in applicable or not search_space.root[name].holds(value):
                raise InputError(
                    f"{key} does not contain {name}: {value!r} of first_trials: correct its value or "
                    "its type there (a float is 1.0, not 1), or widen the search space"
                )


def words(estimator: str) -> str:
    """Write the name of an estimator or of a candidate in words, such as `random forest`."""
    name = re.sub(r"(?<=.)(Classifier|Regressor)$", "", estimator)
    parts = re.split(r"_|(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", name)
    return " ".join(part if part.isupper() else part.lower() for part in parts)
