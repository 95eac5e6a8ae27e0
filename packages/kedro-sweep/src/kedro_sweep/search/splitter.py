"""`sweep.cv` as a class: a splitter from scikit-learn or the user's own."""

import inspect
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from kedro_sweep.validation import StrictModel, import_callable


class Splitter(StrictModel):
    """A class that splits rows into folds, by import path, and its arguments.

    Attributes:
        path: Such as `sklearn.model_selection.RepeatedKFold`. Written `class` in YAML.
        params: Its arguments, without the seed.
    """

    path: Annotated[str, Field(alias="class")]
    params: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _makes_folds(self) -> Self:
        found = import_callable(self.path)
        if not (inspect.isclass(found) and hasattr(found, "split") and hasattr(found, "get_n_splits")):
            raise ValueError(
                f"class: {self.path} is not a class with split and get_n_splits; choose one such as "
                "sklearn.model_selection.RepeatedKFold, or write a number of folds"
            )
        if "random_state" in self.params:
            raise ValueError("params.random_state: the seed comes from data.random_seed; remove it here")
        try:
            self.build(seed=0)
        except (TypeError, ValueError) as error:
            raise ValueError(f"{self.path} does not accept params {self.params}: {error}") from error
        return self

    def build(self, seed: int) -> Any:
        """Make the splitter.

        Args:
            seed: Seed for its shuffle; not passed to splitters that do not shuffle.

        Returns:
            The splitter.
        """
        splitter_class = import_callable(self.path)
        arguments = inspect.signature(splitter_class).parameters
        seeded = "random_state" in arguments and (
            # scikit-learn raises an error for a seed if shuffling is off.
            "shuffle" not in arguments or self.params.get("shuffle", arguments["shuffle"].default)
        )
        return splitter_class(**self.params, **({"random_state": seed} if seeded else {}))
