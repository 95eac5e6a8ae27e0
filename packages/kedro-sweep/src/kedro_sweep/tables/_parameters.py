"""`data`: which columns to learn from, which one to predict, and how the rows are split."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from kedro_sweep.validation import StrictModel


class Split(StrictModel):
    """`data.split`: how training and test rows are separated, in the test split and in the folds.

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


class Data(StrictModel):
    """`data`: the columns, the rows of the test, and the seed.

    Attributes:
        y_label: The column to predict.
        features: The columns that the model may see; None for all that are not used otherwise.
        drop: Columns that it must not see, such as identifiers.
        slices: Columns whose values the model is scored by, whether they are features or not.
        weights: The column with the weight of each row in fits and scores; None if all count the same.
        split: How training and test rows are separated.
        frac: The share of the rows for the test, between 0 and 1.
        duplicates: What to do with rows that are equal in all features and the target.
        impute: What fills missing numbers: data processing, the model, or nothing.
        random_seed: The seed of every random draw in a run.
    """

    y_label: str
    features: list[str] | None = None
    drop: list[str] = Field(default_factory=list)
    slices: list[str] = Field(default_factory=list)
    weights: Annotated[str, Field(min_length=1)] | None = None
    split: Split = Split()
    frac: Annotated[float, Field(gt=0, lt=1)] = 0.15
    duplicates: Literal["auto", "drop", "together", "keep"] = "auto"
    impute: Literal["mean", "in_model", "none"] = "mean"
    random_seed: Annotated[int, Field(ge=0, lt=2**32)] = 42

    @field_validator("y_label", "features")
    @classmethod
    def _are_some(cls, given: Any, info: ValidationInfo) -> Any:
        if given in ("", []):
            raise ValueError(
                f"no column is named; name columns under data.{info.field_name} in "
                "conf/base/parameters.yml (null under data.features: all that are not used otherwise)"
            )
        return given

    @field_validator("features", "drop", "slices")
    @classmethod
    def _are_named_once(cls, names: list[str] | None) -> list[str] | None:
        if repeated := sorted({name for name in names or [] if (names or []).count(name) > 1}):
            raise ValueError(f"columns named more than once: {repeated}; name each column once")
        return names

    @property
    def not_features(self) -> set[str | None]:
        """Columns of the tables that are no features unless they are listed."""
        slices = (name for name in self.slices if name in self.drop)
        return {self.y_label, self.split.column, self.weights, *slices}

    def take_weights(self, rows: Any) -> Any:
        """Take the weights of rows from their table, shape (n,); None if all count the same."""
        return None if self.weights is None else rows[self.weights].to_numpy(dtype=float)
