"""`sweep.sampler` and `sweep.pruner`: Optuna classes, by name."""

import importlib.util
import inspect
import warnings
from typing import Annotated, Any, Self

import optuna
from optuna.pruners import BasePruner
from optuna.samplers import BaseSampler
from pydantic import Field, model_validator

from kedro_sweep.validation import StrictModel

# These stop a study once they have tried every combination, which may be before it reaches n_trials.
EXHAUSTIBLE = {"BruteForceSampler", "GridSampler"}

# Packages that Optuna imports only in the middle of a search.
PACKAGES = {"CmaEsSampler": "cmaes", "GPSampler": "torch"}


class _OptunaComponent(StrictModel):
    """A class in one of Optuna's modules, by name, with its arguments."""

    name: Annotated[str, Field(alias="class")]
    params: dict[str, Any] = Field(default_factory=dict)

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
    """`sweep.sampler`: how the next parameters are chosen; a class in `optuna.samplers`."""

    @model_validator(mode="after")
    def _can_be_built(self) -> Self:
        if "seed" in self.params:
            raise ValueError("params.seed: the seed comes from data.random_seed; remove it here")
        package = PACKAGES.get(self.name)
        if package and importlib.util.find_spec(package) is None:
            raise ValueError(
                f"{self.name} needs the package {package}, which is not installed: "
                f"`uv pip install {package}`, or choose another sampler"
            )
        self.build(seed=0)
        return self

    def build(self, seed: int, *, has_conditions: bool = False) -> BaseSampler:
        """Make the sampler.

        Args:
            seed: Seed of its draws; not passed to samplers that draw no random numbers.
            has_conditions: Whether some parameters are searched only for certain values of others. TPE
                then treats each set of parameters that occur together as a group.

        Returns:
            The sampler.

        Raises:
            ValueError: If Optuna has no such sampler, or does not accept its arguments.
        """
        sampler_class = self._find_class(optuna.samplers, BaseSampler)
        options: dict[str, Any] = {"seed": seed}
        if has_conditions and self.params.get("multivariate", True):
            options["group"] = True
        known = inspect.signature(sampler_class).parameters.keys() - self.params.keys()
        taken = {name: value for name, value in options.items() if name in known}
        sampler: BaseSampler = self._instantiate(sampler_class, **taken)
        return sampler


class Pruner(_OptunaComponent):
    """`sweep.pruner`: when an unpromising trial is stopped; a class in `optuna.pruners`."""

    @model_validator(mode="after")
    def _can_be_built(self) -> Self:
        self.build()
        return self

    def build(self) -> BasePruner:
        """Make the pruner.

        Returns:
            The pruner.

        Raises:
            ValueError: If Optuna has no such pruner, or does not accept its arguments.
        """
        pruner: BasePruner = self._instantiate(self._find_class(optuna.pruners, BasePruner))
        return pruner
