"""`ensemble`: how many of the trials make up the model."""

from typing import Annotated

from pydantic import Field, NonNegativeInt, PositiveInt

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
