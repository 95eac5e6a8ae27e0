"""The parameters of the table: its features, its target, and the share of test rows."""

from typing import Annotated, Literal, Self

from pydantic import Field, RootModel, field_validator, model_validator

from kedro_sweep.validation import ClearErrors, StrictModel


class TestFraction(ClearErrors, RootModel[Annotated[float, Field(gt=0, lt=1)]]):
    """`frac`: the share of the rows for the test, between 0 and 1."""

    __test__ = False


def _check_named_once(names: list[str]) -> None:
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise ValueError(f"columns named more than once: {repeated}; name each column once")


class FeatureNames(ClearErrors, RootModel[list[str]]):
    """`features`: the columns that the model may see."""

    @field_validator("root")
    @classmethod
    def _are_columns(cls, names: list[str]) -> list[str]:
        if not names:
            raise ValueError(
                "no column is named; list the columns that the model may see under features in "
                "conf/base/parameters.yml, or write null for all of them"
            )
        _check_named_once(names)
        return names


class DroppedNames(ClearErrors, RootModel[list[str]]):
    """`drop`: columns that the model must not see, such as identifiers."""

    @field_validator("root")
    @classmethod
    def _are_columns(cls, names: list[str]) -> list[str]:
        _check_named_once(names)
        return names


class Split(StrictModel):
    """`split`: how training and test rows are separated, in the test split and in the folds.

    Attributes:
        kind: `random`, by whole `group`s, or by `time`.
        column: The column of the groups or times; None for `random`.
    """

    kind: Literal["random", "group", "time"] = "random"
    column: str | None = None

    @model_validator(mode="after")
    def _names_its_column(self) -> Self:
        if self.kind == "random" and self.column is not None:
            raise ValueError(f"column: {self.column!r} is not used by kind: random; set it to null")
        if self.kind != "random" and not self.column:
            raise ValueError(f"column: kind: {self.kind} needs the name of a column")
        return self


class Duplicates(ClearErrors, RootModel[Literal["auto", "drop", "together", "keep"]]):
    """`duplicates`: what to do with rows that are equal in all features and the target."""


class Impute(ClearErrors, RootModel[Literal["mean", "in_model", "none"]]):
    """`impute`: what fills missing numbers: data processing, the model, or nothing."""


class TargetName(ClearErrors, RootModel[str]):
    """`y_label`: the column to predict."""

    @field_validator("root")
    @classmethod
    def _not_empty(cls, name: str) -> str:
        if not name:
            raise ValueError(
                "no column is named; name the column to predict under y_label in "
                "conf/base/parameters.yml"
            )
        return name
