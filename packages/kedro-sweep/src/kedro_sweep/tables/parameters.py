"""The parameters of the table: its features, its target, and the share of test rows."""

from typing import Annotated

from pydantic import Field, RootModel, field_validator

from kedro_sweep.validation import ClearErrors


class TestFraction(ClearErrors, RootModel[Annotated[float, Field(gt=0, lt=1)]]):
    """`frac`: the share of the rows that is kept for the test, between 0 and 1."""

    __test__ = False


class FeatureNames(ClearErrors, RootModel[list[str]]):
    """`features`: the columns that the model may see, each named once."""

    @field_validator("root")
    @classmethod
    def _not_empty(cls, names: list[str]) -> list[str]:
        if not names:
            raise ValueError(
                "no column is named; list the columns that the model may see under features in "
                "conf/base/parameters.yml"
            )
        return names

    @field_validator("root")
    @classmethod
    def _named_once(cls, names: list[str]) -> list[str]:
        repeated = sorted({name for name in names if names.count(name) > 1})
        if repeated:
            raise ValueError(f"columns named more than once: {repeated}; name each feature once")
        return names


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
