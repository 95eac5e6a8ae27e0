"""An object that the parameters name by its class, and the arguments to make it with."""

from abc import abstractmethod
from collections.abc import Callable
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field, model_validator

from kedro_sweep.validation import StrictModel, check_params


class Component(StrictModel):
    """Any object that is made once when the parameters are read, to check that it can be made.

    Attributes:
        path: Its class by import path, or a function that returns it. Written `class` in YAML.
        params: Its arguments, without the seed.
    """

    path: Annotated[str, Field(alias="class")]
    params: dict[str, Any] = Field(default_factory=dict)

    _seed: ClassVar[str] = "random_state"

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition(".")[2]

    @abstractmethod
    def _find(self) -> Callable[..., Any]:
        """Find the class or function, and check that it is of the right kind before it is called."""

    def _find_problem(self, made: Any) -> str:
        """Describe what is wrong with what the class or function returned, if anything."""
        return ""

    def _make(self, **seed: Any) -> Any:
        found = self._find()
        try:
            return found(**self.params, **seed)
        except (TypeError, ValueError, ImportError) as error:
            raise ValueError(f"{self.path} does not accept params {self.params}: {error}") from error

    @model_validator(mode="after")
    def _can_be_made(self) -> Self:
        self._check()
        return self

    def _check(self) -> None:
        for name in self.params:
            if name == self._seed or name.endswith(f"__{self._seed}"):
                raise ValueError(f"params.{name}: the seed comes from data.random_seed; remove it here")
        made = self._make()
        if problem := self._find_problem(made):
            raise ValueError(f"class: {self.path} {problem}")
        try:
            if hasattr(made, "get_params"):
                check_params(made)
        except ValueError as error:
            raise ValueError(f"params: {error}") from error
