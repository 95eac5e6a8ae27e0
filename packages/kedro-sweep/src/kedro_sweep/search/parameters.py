"""`sweep` and `random_seed`: the settings of the search."""

from typing import Annotated, Any, Literal, Self

from pydantic import (
    Discriminator,
    Field,
    PositiveFloat,
    PositiveInt,
    RootModel,
    Tag,
    field_validator,
    model_validator,
)

from kedro_sweep.search.optuna_components import Pruner, Sampler
from kedro_sweep.search.scoring import find_scorer, list_scorings
from kedro_sweep.search.splitter import Splitter
from kedro_sweep.validation import ClearErrors, StrictModel


class RandomSeed(ClearErrors, RootModel[Annotated[int, Field(ge=0, lt=2**32)]]):
    """`random_seed`: the seed of every random draw in a run."""


def _tag_cv(cv: Any) -> str:
    return "splitter" if isinstance(cv, dict | Splitter) else "int"


def _tag_scoring(scoring: Any) -> str:
    return "list" if isinstance(scoring, list) else "str"


class KeptPredictions(StrictModel):
    """`sweep.predictions`: whether out-of-fold predictions are kept, and how many.

    Attributes:
        keep: Whether to keep each trial's predictions for the test rows of its folds.
        max_mb: Megabytes for the predictions of one study; beyond that, those of the worst trials are
            deleted.
    """

    keep: bool = True
    max_mb: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 500

    @property
    def max_bytes(self) -> int:
        """The limit per study, in bytes."""
        return int(self.max_mb * 10**6)


class ContestRule(StrictModel):
    """`sweep.contest`: how several candidates share the trials.

    Attributes:
        turn: Number of trials that a candidate runs at a time.
        survivors: Number of candidates that remain to the end and share the rest of the trials.
    """

    turn: PositiveInt = 10
    survivors: PositiveInt = 3


class Sweep(StrictModel):
    """`sweep`: the settings of the search.

    Attributes:
        n_trials: Total number of finished trials that the study should reach.
        timeout: Seconds after which no further trial starts; None for no limit.
        cv: Number of folds of the cross-validation, or the splitter that makes them.
        scoring: Name or import path of a scikit-learn scorer; None for the estimator's own score,
            accuracy or r2. In a list, the first is optimized and all are recorded.
        direction: Whether a higher or a lower score is better.
        sampler: How the next parameters are chosen.
        pruner: When an unpromising trial is stopped after some of its folds.
        n_jobs: Number of cores to use; -1 for all.
        backend: Where trials run: on this machine, or on the workers of a Dask cluster.
        scheduler: Address of the Dask scheduler, such as `tcp://10.0.0.5:8786`.
        reuse: Whether to reuse what earlier trials fitted, where that leaves the score unchanged.
        predictions: Whether out-of-fold predictions are kept, and how many.
        contest: How several candidates share the trials and the time.
    """

    n_trials: PositiveInt
    timeout: PositiveFloat | None = None
    cv: Annotated[
        Annotated[int, Field(ge=2), Tag("int")] | Annotated[Splitter, Tag("splitter")],
        Discriminator(_tag_cv),
    ]
    scoring: (
        Annotated[
            Annotated[str, Tag("str")] | Annotated[list[str], Tag("list")], Discriminator(_tag_scoring)
        ]
        | None
    ) = None
    direction: Literal["maximize", "minimize"] = "maximize"
    sampler: Sampler
    pruner: Pruner
    n_jobs: Annotated[int, Field(ge=-1)] = 1
    backend: Literal["local", "dask"] = "local"
    scheduler: str | None = None
    reuse: bool = True
    predictions: KeptPredictions = KeptPredictions()
    contest: ContestRule = ContestRule()

    @field_validator("n_jobs")
    @classmethod
    def _is_not_zero(cls, n_jobs: int) -> int:
        if n_jobs == 0:
            raise ValueError("0 is not a number of workers; write 1 or more, or -1 for one per core")
        return n_jobs

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

    @model_validator(mode="after")
    def _has_scheduler(self) -> Self:
        if self.backend == "dask" and not self.scheduler:
            raise ValueError(
                "scheduler: backend: dask needs the address that `dask scheduler` prints, such as "
                "tcp://10.0.0.5:8786"
            )
        return self
