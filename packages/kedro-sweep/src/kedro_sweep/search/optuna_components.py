"""`sweep.sampler` and `sweep.pruner`: classes of Optuna, by name."""

import importlib.util
import inspect
import warnings
from typing import Annotated, Any, Self

import optuna
from optuna.pruners import BasePruner
from optuna.samplers import BaseSampler
from pydantic import Field, model_validator

from kedro_sweep.validation import StrictModel

# They stop a study once they have tried everything, which may be before it has its n_trials.
EXHAUSTIBLE = {"BruteForceSampler", "GridSampler"}

# What Optuna imports only when a search is well under way.
PACKAGES = {"CmaEsSampler": "cmaes", "GPSampler": "torch"}


class _OptunaComponent(StrictModel):
    """A class of one of Optuna's modules, by name, with its arguments."""

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

    def build(self, seed: int, *, has_conditions: bool = False) -> BaseSampler:
        """Make the sampler.

        Args:
            seed: Seed of its draws; left out for the samplers that draw nothing.
            has_conditions: Whether some parameters are searched with certain values of others only. TPE
                then looks at each set of parameters that come together as a group.

        Returns:
            The sampler.

        Raises:
            ValueError: If Optuna has no such sampler or refuses its arguments.
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
