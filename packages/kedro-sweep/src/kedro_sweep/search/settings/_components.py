"""`sweep.cv`, `sweep.sampler` and `sweep.pruner`: classes that the user names."""

import importlib.util
import inspect
import warnings
from types import ModuleType
from typing import Any, ClassVar

import optuna
from optuna.pruners import BasePruner
from optuna.samplers import BaseSampler

from kedro_sweep.search.sampling import TPESampler
from kedro_sweep.search.settings._model import Component
from kedro_sweep.validation import import_callable

# These stop a study once they have tried every combination, which may be before it reaches n_trials.
EXHAUSTIBLE = {"BruteForceSampler", "GridSampler"}

# Packages that Optuna imports only in the middle of a search.
PACKAGES = {"CmaEsSampler": "cmaes", "GPSampler": "torch"}


class Splitter(Component):
    """A class that splits rows into folds, such as `sklearn.model_selection.RepeatedKFold`."""

    def _find(self) -> Any:
        found = import_callable(self.path)
        if not (inspect.isclass(found) and hasattr(found, "split") and hasattr(found, "get_n_splits")):
            raise ValueError(
                f"class: {self.path} is not a class with split and get_n_splits; choose one such as "
                "sklearn.model_selection.RepeatedKFold, or write a number of folds"
            )
        return found

    def build(self, seed: int) -> Any:
        """With this seed if it shuffles."""
        arguments = inspect.signature(self._find()).parameters
        seeded = "random_state" in arguments and (
            # scikit-learn raises an error for a seed if shuffling is off.
            "shuffle" not in arguments or self.params.get("shuffle", arguments["shuffle"].default)
        )
        return self.make(**({"random_state": seed} if seeded else {}))


class _OptunaComponent(Component):
    _seed: ClassVar[str] = "seed"

    def make(self, **seed: Any) -> Any:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            return super().make(**seed)

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
        found = self._find_in(optuna.samplers, BaseSampler)
        return TPESampler if found is optuna.samplers.TPESampler else found

    def build(self, seed: int, *, has_conditions: bool = False) -> BaseSampler:
        """With this seed if it draws; TPE treats parameters that occur together as a group."""
        options: dict[str, Any] = {"seed": seed}
        if has_conditions and self.params.get("multivariate", True):
            options["group"] = True
        known = inspect.signature(self._find()).parameters.keys() - self.params.keys()
        taken = {name: value for name, value in options.items() if name in known}
        sampler: BaseSampler = self.make(**taken)
        return sampler


class Pruner(_OptunaComponent):
    """`sweep.pruner`: when an unpromising trial is stopped, by a class in `optuna.pruners`."""

    def _find(self) -> Any:
        return self._find_in(optuna.pruners, BasePruner)
