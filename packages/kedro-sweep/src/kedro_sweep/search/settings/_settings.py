"""`sweep`: the estimators to tune, and the settings of the search."""

import logging
from typing import Annotated, Literal, Self

from pydantic import Discriminator, Field, PositiveInt, Tag, field_validator, model_validator

from kedro_sweep.errors import InputError
from kedro_sweep.search.settings._components import Pruner, Sampler, Splitter
from kedro_sweep.search.settings._model import Candidate, Model
from kedro_sweep.search.settings._scorers import find_scorer, list_scorings
from kedro_sweep.search.settings._space import SearchSpace
from kedro_sweep.validation import StrictModel

logger = logging.getLogger(__name__)

FEWEST_ROWS = 2_000  # to search, however short the time is

Scoring = Annotated[
    Annotated[str, Tag("str")] | Annotated[list[str], Tag("list")],
    Discriminator(lambda scoring: "list" if isinstance(scoring, list) else "str"),
]


class KeptPredictions(StrictModel):
    """`sweep.predictions`: whether to keep each trial's predictions for the test rows of its folds."""

    keep: bool = True
    max_mb: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 500  # per study; then a sample


class ContestRule(StrictModel):
    """`sweep.contest`: how several candidates share the trials."""

    turn: PositiveInt = 10  # trials that a candidate runs at a time
    survivors: PositiveInt = 3  # candidates that remain to the end and share the rest of the trials


class Ensemble(StrictModel):
    """`sweep.ensemble`: the model as a weighted blend of trials; with size 0, it is the best trial."""

    size: Annotated[int, Field(ge=0)] = 0  # how often a configuration is added, the same one repeatedly
    trials: PositiveInt = 50  # of the best configurations, from which it may choose
    time_share: Annotated[float, Field(ge=0, lt=1)] = 0.25  # for its selection and training


class Sweep(StrictModel):
    """`sweep`: the estimators to tune, and the settings of the search.

    The page on parameters describes each key.
    """

    model: Model  # with `models`, it only says whether the target is a class or a number
    search_space: SearchSpace
    models: dict[str, Candidate] = Field(default_factory=dict)
    choose: Literal["best", "fastest", "simplest"] = "best"
    ensemble: Ensemble = Ensemble()
    n_trials: PositiveInt
    timeout: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    cv: Annotated[
        Annotated[int, Field(ge=2), Tag("int")] | Annotated[Splitter, Tag("splitter")],
        Discriminator(lambda cv: "splitter" if isinstance(cv, dict | Splitter) else "int"),
    ]
    scoring: Scoring | None = None
    direction: Literal["maximize", "minimize"] = "maximize"
    sampler: Sampler
    pruner: Pruner
    n_jobs: Annotated[int, Field(ge=-1)] = 1
    backend: Literal["local", "dask"] = "local"
    scheduler: str | None = None
    reuse: bool = True
    nested: bool = False
    search_rows: Annotated[int, Field(ge=100)] | None = None
    search_rows_per_second: PositiveInt | None = None
    untuned_boosting: bool = True
    predictions: KeptPredictions = KeptPredictions()
    contest: ContestRule = ContestRule()
    muted_checks: dict[str, Annotated[str, Field(min_length=1)]] = Field(default_factory=dict)

    @field_validator("scoring")
    @classmethod
    def _are_scorers(cls, scoring: str | list[str] | None) -> str | list[str] | None:
        if scoring == []:
            raise ValueError("[] names no score; write null for the estimator's own")
        names = list_scorings(scoring)
        for name in names:
            find_scorer(name)
            if names.count(name) > 1:
                raise ValueError(f"'{name}' is listed {names.count(name)} times; once is enough")
        return scoring

    @property
    def is_classifier(self) -> bool:
        return self.model.is_classifier

    def find_group(self, model: Model) -> str:
        """The key above the search space of an estimator: `sweep.models.NAME`, or `sweep`."""
        names = (f"sweep.models.{name}" for name, found in self.models.items() if found is model)
        return next(names, "sweep")

    @property
    def most_rows(self) -> int | None:
        """The most training rows that trials are scored on; None for all."""
        limits = [self.search_rows] if self.search_rows else []
        if self.timeout and self.search_rows_per_second:
            limits.append(max(FEWEST_ROWS, int(self.timeout * self.search_rows_per_second)))
        return min(limits, default=None)

    @property
    def refit_seconds(self) -> float:
        """The seconds of the timeout reserved for an ensemble."""
        return self.timeout * self.ensemble.time_share if self.timeout and self.ensemble.size else 0.0

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.n_jobs == 0:
            raise ValueError(
                "n_jobs: 0 is not a number of workers; write 1 or more, or -1 for one per core"
            )
        if self.choose != "best":
            object.__setattr__(self, "ensemble", Ensemble())  # a choice of one model
        for key, value, none in (
            ("ensemble.size", self.ensemble.size, 0),
            ("choose", self.choose, "best"),
        ):
            if value != none and not self.predictions.keep:
                raise ValueError(
                    f"{key}: {value} needs the predictions of the trials, but predictions.keep is "
                    f"false: set it to true, or set {key} to {none}"
                )
        if self.backend == "dask" and not self.scheduler:
            raise ValueError(
                "scheduler: backend: dask needs the address that `dask scheduler` prints, such as "
                "tcp://10.0.0.5:8786"
            )
        return self


def choose_candidates(sweep: Sweep, *, explain: bool = False, n_rows: int = 0) -> dict[str, Candidate]:
    """Choose the candidates that are installed and suit the target and the number of training rows."""
    model, models = sweep.model, sweep.models
    if not models:
        if isinstance(model, Candidate):
            return {model.name: model}
        fields = {**dict(model), "search_space": sweep.search_space}
        return {model.name: Candidate.model_construct(None, **fields, optional=False)}
    missing = {name: why for name, found in models.items() if (why := found.obstacle)}
    others = {name: found for name, found in models.items() if name not in missing}
    kind = model.is_classifier
    of_kind = {name: found for name, found in others.items() if found.is_classifier == kind}
    if not of_kind:
        raise InputError(
            f"sweep.models: none of {[*models]} predicts "
            f"{'classes' if model.is_classifier else 'numbers'}, as sweep.model, {model.path}, "
            "does: add one that does, or leave sweep.models empty"
        )
    chosen = {name: found for name, found in of_kind.items() if n_rows <= (found.max_rows or n_rows)}
    if not chosen:
        raise InputError(f"sweep.models: {n_rows:,} training rows exceed max_rows of {[*of_kind]}")
    n_others = len(others) - len(of_kind)
    reasons = [f"{n_others} for another kind of target"] if n_others else []
    reasons += [
        f"{name} ({n_rows:,} training rows exceed its max_rows, {found.max_rows:,})"
        for name, found in of_kind.items()
        if name not in chosen
    ]
    for obstacle in dict.fromkeys(missing.values()):
        names = [name for name, found in missing.items() if found == obstacle]
        reasons.append(f"{' and '.join(names)} ({obstacle})")
    if reasons and explain:
        logger.info("Skipped candidates: %s.", "; ".join(reasons))
    return chosen
