"""What may stand in `conf/base/parameters_data_science.yml`, and what each entry builds.

Every model forbids keys that it does not know, so that a misspelt key stops the run.
"""

import importlib.util
import inspect
import warnings
from collections.abc import Callable
from typing import Annotated, Any, Literal, Self

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.pruners import BasePruner
from optuna.samplers import BaseSampler
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    ImportString,
    PositiveFloat,
    PositiveInt,
    RootModel,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails
from sklearn.base import BaseEstimator, is_classifier
from sklearn.metrics import get_scorer, get_scorer_names

# Of a fitted estimator, features and target.
Scorer = Callable[[Any, Any, Any], float]


class ClearErrors(BaseModel):
    """Says what is wrong in one line a mistake: the key, its value and what is allowed."""

    @classmethod
    def model_validate(cls, obj: Any, **kwargs: Any) -> Self:
        """Read the parameters.

        Args:
            obj: What stands in the YAML file.
            **kwargs: Options of Pydantic.

        Returns:
            The model.

        Raises:
            ValueError: If something is not allowed.
        """
        try:
            return super().model_validate(obj, **kwargs)
        except ValidationError as error:
            raise ValueError("; ".join(map(_describe, error.errors()))) from None


# Pydantic puts the branch of a union that it tried among the keys that led to the error.
BRANCHES = {"int", "float", "categorical", "bool", "str", "none"}


def _describe(error: ErrorDetails) -> str:
    key = ".".join(str(part) for part in error["loc"] if part not in BRANCHES)
    if error["type"] == "missing":
        return f"{key} is missing"
    if error["type"] == "extra_forbidden":
        return f"{key}: {error['input']!r} is not allowed, there is no such key"
    message = error["msg"].removeprefix("Value error, ")
    if error["type"] == "value_error":
        return f"{key}: {message}".removeprefix(": ")
    return f"{key}: {error['input']!r} is not allowed. {message}".removeprefix(": ")


class StrictModel(ClearErrors):
    """A model that refuses unknown keys and cannot be changed once read."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class RandomSeed(ClearErrors, RootModel[Annotated[int, Field(ge=0, lt=2**32)]]):
    """`random_seed`: the one number that every draw of a run comes from."""


def import_callable(path: str) -> Callable[..., Any]:
    """Import a class or function by its path.

    Args:
        path: Such as `sklearn.svm.SVC`.

    Returns:
        The class or function.

    Raises:
        ValueError: If there is none at that path.
    """
    try:
        found: Callable[..., Any] = _CALLABLE.validate_python(path)
    except ValidationError as error:
        raise ValueError(f"'{path}' cannot be imported. {error.errors()[0]['msg']}") from None
    return found


_CALLABLE: TypeAdapter[Any] = TypeAdapter(ImportString[Callable[..., Any]])


def check_params(estimator: Any) -> None:
    """Let an estimator that knows what its arguments may be check them, as its fit would.

    Args:
        estimator: An estimator.

    Raises:
        ValueError: If an argument is not allowed.
    """
    if hasattr(estimator, "_parameter_constraints"):
        estimator._validate_params()


class Model(StrictModel):
    """`model`: the estimator to tune, by import path, and the arguments that stay as they are.

    Attributes:
        path: A scikit-learn estimator class, or any callable that returns an estimator (such as one
            that makes a `Pipeline`). Written `class` in YAML.
        params: Its arguments that the search does not touch.
    """

    path: Annotated[str, Field(alias="class")]
    params: dict[str, Any] = {}

    @model_validator(mode="after")
    def _makes_an_estimator(self) -> Self:
        if "random_state" in self.params:
            raise ValueError("params.random_state: the seed comes from random_seed; remove it here")
        try:
            estimator = self._make()
        except TypeError as error:
            raise ValueError(f"{self.path} does not accept params {self.params}: {error}") from error
        if not (isinstance(estimator, BaseEstimator) and hasattr(estimator, "fit")):
            raise ValueError(f"class: {self.path} does not give a scikit-learn estimator")
        try:
            check_params(estimator)
        except ValueError as error:
            raise ValueError(f"params: {error}") from error
        return self

    def _make(self) -> Any:
        return import_callable(self.path)(**self.params)

    @property
    def name(self) -> str:
        """The last part of the import path."""
        return self.path.rpartition(".")[2]

    @property
    def is_classifier(self) -> bool:
        """Whether the estimator predicts classes rather than numbers."""
        return bool(is_classifier(self._make()))

    def build(self, random_seed: int, params: dict[str, Any] | None = None) -> Any:
        """Make an unfitted estimator.

        Args:
            random_seed: Seed of every random part that the estimator has.
            params: Arguments from the search, set on top of the fixed ones; `step__name` reaches
                into a pipeline.

        Returns:
            The estimator, ready for `fit`.
        """
        estimator = self._make()
        seeds = {
            name: random_seed
            for name in estimator.get_params()
            if name == "random_state" or name.endswith("__random_state")
        }
        return estimator.set_params(**seeds, **(params or {}))


class _Dimension(StrictModel):
    """One searched parameter."""

    def distribution(self) -> BaseDistribution:
        """Give the Optuna distribution to draw from."""
        raise AssertionError("each kind of dimension has its own distribution")

    @model_validator(mode="after")
    def _is_a_valid_range(self) -> Self:
        with warnings.catch_warnings():
            # Optuna shortens a range that its step does not divide, and only warns.
            warnings.simplefilter("error")
            try:
                self.distribution()
            except UserWarning as warning:
                raise ValueError(str(warning)) from warning
        return self


class IntRange(_Dimension):
    """Whole numbers from `low` to `high`, both included."""

    type: Literal["int"]
    low: int
    high: int
    step: PositiveInt = 1
    log: bool = False

    def distribution(self) -> IntDistribution:
        """Give the Optuna distribution to draw from."""
        return IntDistribution(self.low, self.high, log=self.log, step=self.step)


class FloatRange(_Dimension):
    """Numbers from `low` to `high`."""

    type: Literal["float"]
    low: FiniteFloat
    high: FiniteFloat
    step: PositiveFloat | None = None
    log: bool = False

    def distribution(self) -> FloatDistribution:
        """Give the Optuna distribution to draw from."""
        return FloatDistribution(self.low, self.high, log=self.log, step=self.step)


class Choices(_Dimension):
    """One of the listed values."""

    type: Literal["categorical"]
    choices: Annotated[list[bool | int | float | str | None], Field(min_length=1)]

    @field_validator("choices")
    @classmethod
    def _differ(cls, choices: list[Any]) -> list[Any]:
        # To Optuna 1, 1.0 and true are one choice, the first of them.
        if len(set(choices)) < len(choices):
            raise ValueError(f"{choices} holds a choice twice (1, 1.0 and true are equal)")
        return choices

    def distribution(self) -> CategoricalDistribution:
        """Give the Optuna distribution to draw from."""
        return CategoricalDistribution(self.choices)


Dimension = Annotated[IntRange | FloatRange | Choices, Field(discriminator="type")]


class SearchSpace(ClearErrors, RootModel[Annotated[dict[str, Dimension], Field(min_length=1)]]):
    """`search_space`: the estimator's arguments to search, each with its range."""

    def extremes(self) -> list[tuple[str, Any]]:
        """Give each searched argument with each end of its range, or each of its choices."""
        return [
            (name, value)
            for name, dimension in self.root.items()
            for value in (
                dimension.choices if isinstance(dimension, Choices) else (dimension.low, dimension.high)
            )
        ]

    def distributions(self) -> dict[str, BaseDistribution]:
        """Give the Optuna distribution of each searched argument, in the order of the file."""
        return {name: dimension.distribution() for name, dimension in self.root.items()}


# They stop a study once they have tried everything, which may be before it has its n_trials.
EXHAUSTIBLE = {"BruteForceSampler", "GridSampler"}

# What Optuna imports only when a search is well under way.
PACKAGES = {"CmaEsSampler": "cmaes", "GPSampler": "torch"}


class _OptunaComponent(StrictModel):
    """A class of one of Optuna's modules, by name, with its arguments."""

    name: Annotated[str, Field(alias="class")]
    params: dict[str, Any] = {}

    def _find_class(self, module: Any, base: type) -> Any:
        allowed = sorted(
            name
            for name in module.__all__
            if inspect.isclass(getattr(module, name))
            and issubclass(getattr(module, name), base)
            and not inspect.isabstract(getattr(module, name))
            and name not in EXHAUSTIBLE
        )
        if self.name not in allowed:
            raise ValueError(f"'{self.name}' is not one of {allowed}")
        return getattr(module, self.name)

    def _instantiate(self, component: Any, **params: Any) -> Any:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
                return component(**self.params, **params)
        except (TypeError, ValueError, ImportError) as error:
            raise ValueError(f"{self.name} with params {self.params}: {error}") from error


class Sampler(_OptunaComponent):
    """`sweep.sampler`: how the next parameters are chosen; a class of `optuna.samplers`."""

    @model_validator(mode="after")
    def _can_be_built(self) -> Self:
        if "seed" in self.params:
            raise ValueError("params.seed: the seed comes from random_seed; remove it here")
        package = PACKAGES.get(self.name)
        if package and importlib.util.find_spec(package) is None:
            raise ValueError(
                f"{self.name} needs the package {package}, which is not installed: "
                f"`uv pip install {package}`, or choose another sampler"
            )
        self.build(seed=0)
        return self

    def build(self, seed: int) -> BaseSampler:
        """Make the sampler.

        Args:
            seed: Seed of its draws; left out for the samplers that draw nothing.

        Returns:
            The sampler.

        Raises:
            ValueError: If Optuna has no such sampler or refuses its arguments.
        """
        sampler_class = self._find_class(optuna.samplers, BaseSampler)
        seeded = "seed" in inspect.signature(sampler_class).parameters
        sampler: BaseSampler = self._instantiate(sampler_class, **({"seed": seed} if seeded else {}))
        return sampler


class Pruner(_OptunaComponent):
    """`sweep.pruner`: when a hopeless trial is stopped; a class of `optuna.pruners`."""

    @model_validator(mode="after")
    def _can_be_built(self) -> Self:
        self.build()
        return self

    def build(self) -> BasePruner:
        """Make the pruner.

        Returns:
            The pruner.

        Raises:
            ValueError: If Optuna has no such pruner or refuses its arguments.
        """
        pruner: BasePruner = self._instantiate(self._find_class(optuna.pruners, BasePruner))
        return pruner


class Sweep(StrictModel):
    """`sweep`: how the search goes.

    Attributes:
        n_trials: Number of finished trials that the study should reach in total.
        timeout: Seconds after which no further trial starts; None for no limit.
        cv: Number of folds of the cross-validation.
        scoring: Name of a scikit-learn scorer, or the import path of one.
        direction: Whether a higher or a lower score is better.
        sampler: How the next parameters are chosen.
        pruner: When a hopeless trial is stopped after some of its folds.
        n_jobs: Number of cores to use; -1 for all.
        reuse: Whether what earlier trials fitted may be used again where the score stays the same.
    """

    n_trials: PositiveInt
    timeout: PositiveFloat | None = None
    cv: Annotated[int, Field(ge=2)]
    scoring: str
    direction: Literal["maximize", "minimize"] = "maximize"
    sampler: Sampler
    pruner: Pruner
    n_jobs: Annotated[int, Field(ge=-1)] = 1
    reuse: bool = True

    @field_validator("n_jobs")
    @classmethod
    def _is_not_zero(cls, n_jobs: int) -> int:
        if n_jobs == 0:
            raise ValueError("0 workers do no work; write 1 or more, or -1 for one a core")
        return n_jobs

    @field_validator("scoring")
    @classmethod
    def _is_a_scorer(cls, scoring: str) -> str:
        find_scorer(scoring)
        return scoring

    @property
    def scorer(self) -> Scorer:
        """The scorer: a callable of a fitted estimator, features and target."""
        return find_scorer(self.scoring)


def find_scorer(scoring: str) -> Scorer:
    """Find a scorer by scikit-learn's name for it or by import path.

    Args:
        scoring: Such as `accuracy`, or `my_package.my_module.my_scorer`.

    Returns:
        A callable of a fitted estimator, features and target.

    Raises:
        ValueError: If there is no such scorer.
    """
    if scoring in get_scorer_names():
        scorer: Scorer = get_scorer(scoring)
        return scorer
    if "." in scoring:
        return import_callable(scoring)
    raise ValueError(
        f"'{scoring}' is neither the import path of a scorer nor one of {get_scorer_names()}"
    )
