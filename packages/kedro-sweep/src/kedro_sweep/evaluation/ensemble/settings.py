"""`ensemble`: how many trials the model consists of."""

from typing import Annotated

from pydantic import Field, NonNegativeInt, PositiveInt

from kedro_sweep.errors import InputError
from kedro_sweep.search import Sweep
from kedro_sweep.validation import StrictModel


class Ensemble(StrictModel):
    """`ensemble`: the model as a weighted blend of trials.

    Attributes:
        size: How many times a configuration is added to the ensemble; the same one may be added several
            times. 0: the model is the best trial.
        trials: The number of best configurations that it may choose from.
        time_share: The share of `sweep.timeout` reserved for the selection and the refit.
    """

    size: NonNegativeInt = 0
    trials: PositiveInt = 50
    time_share: Annotated[float, Field(ge=0, lt=1)] = 0.25

    def find_seconds(self, sweep: Sweep) -> float | None:
        """Compute how much of the search's time is reserved for the ensemble.

        Args:
            sweep: Settings of the search.

        Returns:
            Seconds; None if the search has no time limit or there is no ensemble.
        """
        return sweep.timeout * self.time_share if sweep.timeout and self.size else None

    def leave_time(self, sweep: Sweep) -> Sweep:
        """Shorten the search by the time reserved for the ensemble.

        Args:
            sweep: Settings of the search.

        Returns:
            The same settings with a shorter timeout.

        Raises:
            InputError: If the search keeps no predictions to choose the ensemble by.
        """
        if self.size and not sweep.predictions.keep:
            raise InputError(
                f"ensemble.size: {self.size} needs the predictions of the trials, but "
                "sweep.predictions.keep is false: set it to true, or set ensemble.size to 0."
            )
        if seconds := self.find_seconds(sweep):
            assert sweep.timeout
            return sweep.model_copy(update={"timeout": sweep.timeout - seconds})
        return sweep
