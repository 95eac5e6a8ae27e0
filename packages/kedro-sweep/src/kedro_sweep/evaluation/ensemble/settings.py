"""`ensemble`: how many of the trials make up the model."""

from typing import Annotated

from pydantic import Field, NonNegativeInt, PositiveInt

from kedro_sweep.errors import InputError
from kedro_sweep.search import Sweep
from kedro_sweep.validation import StrictModel


class Ensemble(StrictModel):
    """`ensemble`: the model as a weighted blend of trials.

    Attributes:
        size: How often a configuration is added to the ensemble; one may be added several times. 0: the
            best trial is the model.
        trials: How many of the best different configurations it may choose from.
        time_share: The share of `sweep.timeout` that is left for the selection and the refit.
    """

    size: NonNegativeInt = 0
    trials: PositiveInt = 50
    time_share: Annotated[float, Field(ge=0, lt=1)] = 0.25

    def find_seconds(self, sweep: Sweep) -> float | None:
        """Find how much of the time of a search is left for the ensemble.

        Args:
            sweep: How the search goes.

        Returns:
            Seconds; None if the search has no limit or there is no ensemble.
        """
        return sweep.timeout * self.time_share if sweep.timeout and self.size else None

    def leave_time(self, sweep: Sweep) -> Sweep:
        """Leave the search what the ensemble does not take of the time.

        Args:
            sweep: How the search goes.

        Returns:
            The same, ended so much earlier.

        Raises:
            InputError: If the search keeps no predictions to choose the ensemble by.
        """
        if self.size and not sweep.predictions.keep:
            raise InputError(
                f"ensemble.size: {self.size} needs the predictions of the trials, and "
                "sweep.predictions.keep is false: set it to true, or ensemble.size to 0."
            )
        if seconds := self.find_seconds(sweep):
            assert sweep.timeout
            return sweep.model_copy(update={"timeout": sweep.timeout - seconds})
        return sweep
