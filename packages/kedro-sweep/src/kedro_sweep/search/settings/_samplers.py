"""`sweep.sampler` and `sweep.pruner`: Optuna classes, by name."""

import importlib.util
import inspect
import warnings
from types import ModuleType
from typing import Any, ClassVar

import optuna
from optuna.pruners import BasePruner
from optuna.samplers import BaseSampler

from kedro_sweep.search.settings._model import Component

# These stop a study once they have tried every combination, which may be before it reaches n_trials.
EXHAUSTIBLE = {"BruteForceSampler", "GridSampler"}

# Packages that Optuna imports only in the middle of a search.
PACKAGES = {"CmaEsSampler": "cmaes", "GPSampler": "torch"}


class _OptunaComponent(Component):
    _seed: ClassVar[str] = "seed"

    def _make(self, **seed: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            return super()._make(**seed)

    def _find_in(self, module: ModuleType, base: type) -> Any:
        classes = {name: getattr(module, name) for name in sorted({*module.__all__} - EXHAUSTIBLE)}
        allowed = {
            name: found
            for name, found in classes.items()
            if inspect.isclass(found) and issubclass(found, base) and not inspect.isabstract(found)
        }
        if self.path not in allowed:
            raise ValueError(f"'{self.path}' is not one of {[*allowed]}")
        return allowed[self.path]


class Sampler(_OptunaComponent):
    """`sweep.sampler`: how the next parameters are chosen, by a class in `optuna.samplers`."""

    def _find(self) -> Any:
        package = PACKAGES.get(self.path)
        if package and importlib.util.find_spec(package) is None:
            raise ValueError(
                f"{self.path} needs the package {package}, which is not installed: "
                f"`uv pip install {package}`, or choose another sampler"
            )
        return self._find_in(optuna.samplers, BaseSampler)

    def build(self, seed: int, *, has_conditions: bool = False) -> BaseSampler:
        """Make the sampler, with this seed if it draws random numbers.

        If some parameters are searched only for certain values of others, TPE treats each set of
        parameters that occur together as a group.
        """
        options: dict[str, Any] = {"seed": seed}
        if has_conditions and self.params.get("multivariate", True):
            options["group"] = True
        known = inspect.signature(self._find()).parameters.keys() - self.params.keys()
        taken = {name: value for name, value in options.items() if name in known}
        sampler: BaseSampler = self._make(**taken)
        return sampler


class Pruner(_OptunaComponent):
    """`sweep.pruner`: when an unpromising trial is stopped, by a class in `optuna.pruners`."""

    def _find(self) -> Any:
        return self._find_in(optuna.pruners, BasePruner)

    def build(self) -> BasePruner:
        """Make the pruner."""
        pruner: BasePruner = self._make()
        return pruner
