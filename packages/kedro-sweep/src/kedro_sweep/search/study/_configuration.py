"""Everything that a study depends on, in one object that names and opens the study."""

import hashlib
import json
import logging
import re
import warnings
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from unicodedata import normalize

import optuna
import pandas as pd
from optuna.storages import BaseStorage
from sklearn.base import clone
from sklearn.compose import ColumnTransformer

from kedro_sweep.search import settings
from kedro_sweep.search.study._folds import Fold, prepare_folds
from kedro_sweep.search.study._provenance import find_versions, hash_sources, list_modules
from kedro_sweep.search.study.attributes import DESCRIPTION
from kedro_sweep.tables import Data, check_target, draw_rows, find_groups
from kedro_sweep.validation import list_arguments, to_plain

logger = logging.getLogger(__name__)

MOST_LETTERS = 22  # of the target, and of the estimator, in the name of a study


@dataclass(frozen=True, eq=False)
class StudyConfiguration:
    """The training table, the estimator, its search space, and the settings of the search.

    Attributes:
        X: Training features, shape (n, n_features).
        y: Training target, shape (n,).
        model: The estimator to tune and its fixed arguments.
        search_space: Its arguments to search.
        sweep: Folds, score, direction, sampler, pruner, number of trials.
        random_seed: Seed of the estimator and, together with the number of existing trials, of the
            sampler.
        imputes: Whether missing values are filled with means inside the model, fold by fold.
        groups: Group of each row, shape (n,); no group is split between folds. None for no groups.
        ordered: Whether rows are sorted by time, so that each fold trains on earlier rows only.
        n_train: Number of all training rows, of which X may be a sample; 0 if it is all of them.
        weights: Weight of each row in fits and scores, shape (n,); None if all count the same.
        given: The features in the form in which estimators get them; None for X itself.
        keeps_folds: Whether trials record the scores of each fold.
    """

    X: pd.DataFrame
    y: pd.Series
    model: settings.Model
    search_space: settings.SearchSpace
    sweep: settings.Sweep
    random_seed: int
    imputes: bool = False
    groups: pd.Series | None = None
    ordered: bool = False
    n_train: int = 0
    weights: Any = None
    given: Any = None
    keeps_folds: bool = False

    @classmethod
    def from_table(
        cls,
        train: pd.DataFrame,
        preparation: ColumnTransformer,
        data: Data,
        sweep: settings.Sweep,
        candidate: settings.Candidate | None = None,
    ) -> "StudyConfiguration":
        """Configure the study of a training table; for the arguments, see `configure_candidates`."""
        columns = [*preparation.feature_names_in_.tolist(), data.y_label]
        model, ordered = candidate or sweep.model, data.split.kind == "time"
        n_train, groups = len(train), find_groups(train, columns, data)
        if sweep.most_rows and n_train > sweep.most_rows:
            classes = train[data.y_label] if sweep.is_classifier else None
            kinds: dict[str, Any] = {"classes": classes, "groups": groups, "ordered": ordered}
            rows = draw_rows(n_train, sweep.most_rows, data.random_seed, **kinds)
            train, groups = train.iloc[rows], None if groups is None else groups.iloc[rows]
        return cls(
            X=preparation.transform(train),
            y=train[data.y_label],
            model=model,
            search_space=(candidate or sweep).search_space,
            sweep=sweep,
            random_seed=data.random_seed,
            imputes=data.impute == "in_model",
            groups=groups,
            ordered=ordered,
            n_train=n_train,
            weights=data.take_weights(train),
        )

    @property
    def sample_note(self) -> str:
        """Say that the trials saw only a sample of the training rows; empty if they saw all."""
        if len(self.X) >= self.n_train:
            return ""
        return (
            f"All scores of the search are of models trained on a sample of {len(self.X):,} of "
            f"{self.n_train:,} training rows (sweep.search_rows). The delivered model is trained on all."
        )

    @cached_property
    def estimator(self) -> Any:
        """The whole unfitted estimator: preprocessing, fixed arguments, and the seed of each part."""
        return make_estimator(self.model, self.X, self.random_seed, imputes=self.imputes)

    def build(self, params: dict[str, Any] | None = None) -> Any:
        """Make the estimator of a trial from the searched arguments; without them, the untuned model."""
        return set_searched(self.estimator, params or {})

    @cached_property
    def folds(self) -> list[Fold]:
        is_classifier = self.model.is_classifier
        check_target(self.y, is_classifier=is_classifier, model=self.model.path)
        return prepare_folds(
            self.X if self.given is None else self.given,
            self.y,
            self.sweep.cv,
            stratify=is_classifier,
            groups=self.groups,
            ordered=self.ordered,
            random_seed=self.random_seed,
            weights=self.weights,
        )

    @cached_property
    def n_fits(self) -> float:
        """How often a trial would train on all rows in the time that it takes."""
        return sum(len(fold.X_train) for fold in self.folds) / (self.n_train or len(self.X))

    @property
    def scoring(self) -> str:
        """The name or import path of the score to optimize; by default, the estimator's own."""
        own = "accuracy" if self.model.is_classifier else "r2"
        return next(iter(settings.list_scorings(self.sweep.scoring)), own)

    @property
    def other_scorings(self) -> list[str]:
        """The names or import paths of the other scores, which are recorded but not optimized."""
        return settings.list_scorings(self.sweep.scoring)[1:]

    @cached_property
    def description(self) -> dict[str, Any]:
        """Everything that the values of the trials depend on, as plain JSON values.

        It leaves out what may change between two runs of one study, such as the sampler, the number of
        trials, the timeout, and the other scores.
        """
        parts = (self.sweep.cv, self.model.preprocessing)
        named = [part for part in parts if isinstance(part, settings.Splitter | settings.Transformer)]
        function, options = settings.take_apart(self.scoring)
        functions = [function, *(part.source for part in (self.model, *named))]
        modules, codes = list_modules(self.estimator, functions), settings.list_codes(self.X)
        has_codes = codes and self.estimator.get_params().get("applytocols__cols") == codes
        description = {
            "model": self.model.path,
            "fixed_params": self.model.params,
            "versions": find_versions(modules),
            "sources": hash_sources(modules),
            "preprocessing": self.model.model_dump(by_alias=True)["preprocessing"],
            "imputes": self.imputes,
            "search_space": self.search_space.model_dump(exclude_defaults=True),
            "target": self.y.name,
            "features": list(self.X.columns),
            "rows": len(self.X),
            "data": _fingerprint(pd.concat([self.X, self.y], axis="columns")),
            "cv": to_plain(self.sweep.cv),
            # Which rows belong together; the names of the groups do not matter.
            "groups": None if self.groups is None else _hash(pd.factorize(self.groups)[0].tobytes()),
            "ordered": self.ordered,
            "scoring": self.scoring,
            "direction": self.sweep.direction,
            "random_seed": self.random_seed,
            **({} if self.weights is None else {"weights": _hash(self.weights.tobytes())}),
            **({"scorer": options} if options else {}),
            **({"codes": codes} if has_codes else {}),  # which earlier releases read as numbers
        }
        plain: dict[str, Any] = json.loads(json.dumps(description, default=str))
        return plain

    @cached_property
    def study_name(self) -> str:
        target, estimator = _slug(self.y.name), _slug(settings.words(self.model.name).lower())
        return f"{target or 'target'}-{estimator or 'model'}-{self.fingerprint}"

    @cached_property
    def fingerprint(self) -> str:
        return _hash(json.dumps(self.description, sort_keys=True).encode())

    def find_name(self, storage: BaseStorage) -> str:
        """Find the name of the study in a storage, where an earlier release may have named it."""
        for name in (self.study_name, f"{self.model.name}-{self.fingerprint}"):
            with suppress(KeyError):  # what is raised if there is no such study
                storage.get_study_id_from_name(name)
                return name
        return self.study_name

    def open_study(self, storage: BaseStorage, n_drawn: int = 0) -> optuna.Study:
        """Open or create the study; the same seed for more drawn trials would repeat their draws."""
        seed = (self.random_seed + n_drawn) % 2**32
        study = optuna.create_study(
            storage=storage,
            study_name=self.find_name(storage),
            load_if_exists=True,
            direction=self.sweep.direction,
            sampler=self.sweep.sampler.build(seed, has_conditions=self.search_space.has_conditions),
            pruner=self.sweep.pruner.make(),
        )
        if DESCRIPTION not in study.user_attrs:
            versions = self.description["versions"].items()
            texts = {  # for a dashboard
                "data": f"{len(self.X)} rows, {self.X.shape[1]} features, target {self.y.name}",
                "model": self.model.path,
                "score": f"{self.scoring}, {self.sweep.direction}",
                "versions": ", ".join(f"{name} {version}" for name, version in versions),
            }
            for name, value in {DESCRIPTION: self.description, **texts}.items():
                study.set_user_attr(name, value)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
                study.set_metric_names([self.scoring])
        return study


def configure_candidates(
    train: pd.DataFrame,
    preparation: ColumnTransformer,
    data: Data,
    sweep: settings.Sweep,
    *,
    explain: bool = True,
) -> dict[str, StudyConfiguration]:
    """Configure a study for each candidate, on the same folds of the same table.

    Args:
        train: Training rows: features, the column of the split, and the target.
        preparation: Picks the features.
        data: The column to predict, and how the rows are separated.
        sweep: The estimators to tune, and the settings of the search.
        explain: Whether to log which candidates are skipped, and why.

    Returns:
        The configurations by the candidates' names, in their order.

    Raises:
        InputError: If no candidate suits the target.
    """
    chosen = settings.choose_candidates(sweep, explain=explain, n_rows=len(train))
    if data.weights is not None:
        chosen = settings.keep_weighted(chosen, explain=explain)
    (name, candidate), *others = chosen.items()
    first = StudyConfiguration.from_table(train, preparation, data, sweep, candidate)
    if explain and first.sample_note:
        logger.info(first.sample_note)
    configurations = {name: first}
    for other, found in others:
        configurations[other] = replace(first, model=found, search_space=found.search_space)
        vars(configurations[other])["folds"] = first.folds  # which they share in memory
    return configurations


def find_untuned(configuration: StudyConfiguration) -> dict[str, Any] | None:
    """Find the untuned model's values of what is searched together; None if any is outside the space."""
    space = configuration.search_space
    values = get_searched(configuration.build(), space.root)
    names = space.distributions(values)
    if all(name in values and space.root[name].holds(values[name]) for name in names):
        return {name: values[name] for name in names}
    return None


def _fingerprint(table: pd.DataFrame) -> str:
    header = json.dumps([[str(name), str(dtype)] for name, dtype in table.dtypes.items()])
    rows = pd.util.hash_pandas_object(table, index=False).to_numpy()
    return _hash(header.encode() + rows.tobytes())


def _slug(name: Any) -> str:
    """Shorten a name to letters that every storage, shell and address takes as they are."""
    plain = normalize("NFKD", str(name)).encode("ascii", "ignore").decode()
    return re.sub(r"\W+", "_", plain)[:MOST_LETTERS].strip("_")


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


def make_estimator(
    model: settings.Model, X: pd.DataFrame, random_seed: int, *, imputes: bool = False
) -> Any:
    """Build the unfitted estimator with its fixed arguments, for features of these types."""
    if isinstance(model, settings.GivenModel):
        return set_seeds(model.make(), random_seed, only_missing=True)
    estimator = settings.add_preprocessing(model.make(), model.preprocessing, X, imputes=imputes)
    return set_seeds(settings.add_safe_names(estimator, X), random_seed)


def set_seeds(estimator: Any, random_seed: int, *, only_missing: bool = False) -> Any:
    """Set the seed of the estimator and of all its parts, or only of those without one."""
    names = [name for name in list_arguments(estimator) if name.rpartition("__")[2] == "random_state"]
    params = estimator.get_params()
    seeds = {
        name: random_seed
        for name in names
        if (not only_missing or params.get(name) is None)
        # CatBoost takes one of both.
        and params.get(name.removesuffix("state") + "seed") is None
    }
    return estimator.set_params(**seeds) if seeds else estimator


def set_searched(estimator: Any, params: dict[str, Any]) -> Any:
    """Set searched arguments on a copy: `name` for the last step, `step__name` for another."""
    changed = {settings.find_argument(estimator, name): value for name, value in params.items()}
    return clone(estimator).set_params(**changed) if changed else clone(estimator)


def get_searched(estimator: Any, names: Iterable[str]) -> dict[str, Any]:
    params = estimator.get_params()
    found = {name: settings.find_argument(estimator, name) for name in names}
    return {name: params[path] for name, path in found.items() if path in params}
