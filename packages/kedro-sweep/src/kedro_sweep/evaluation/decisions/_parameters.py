"""`decision`: how predictions become decisions."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from kedro_sweep.evaluation.decisions._threshold import CONSTRAINTS, MEASURES
from kedro_sweep.validation import StrictModel

Share = Annotated[float, Field(gt=0, lt=1)]


class Decision(StrictModel):
    """`decision`: the threshold, the costs of errors, calibration and intervals.

    Attributes:
        threshold: Predict the positive class from this probability on; `auto` to choose it from the
            out-of-fold predictions, None for the model's own decision.
        positive: The positive class of two; None for the second in sorted order.
        costs: Of a false positive (`fp`) and a false negative (`fn`); or by true, then predicted class.
        optimize: What `threshold: auto` optimizes; None for the costs if there are any, otherwise for
            the score of the search if it judges decisions other than by the accuracy, otherwise for the
            balanced accuracy.
        at_least: The lowest values of other measures that a threshold must reach.
        calibrate: The method that corrects the probabilities; `auto` to use one only where it helps.
        interval: The share of new rows whose target the prediction intervals or sets should contain;
            None for no intervals.
    """

    threshold: Literal["auto"] | Share | None = None
    positive: Any = None
    costs: dict[Any, Any] | None = None
    optimize: str | None = None
    at_least: dict[str, Share] = Field(default_factory=dict)
    calibrate: Literal["none", "auto", "sigmoid", "temperature", "isotonic"] = "none"
    interval: Share | None = 0.9

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.optimize is not None and self.optimize not in MEASURES:
            raise ValueError(f"optimize: {self.optimize!r} is not allowed; choose from {[*MEASURES]}")
        if unknown := [name for name in self.at_least if name not in CONSTRAINTS]:
            raise ValueError(f"at_least: {unknown[0]!r} is not allowed; choose from {[*CONSTRAINTS]}")
        if self.optimize == "cost" and not self.costs:
            raise ValueError("optimize: 'cost' needs decision.costs, such as {fp: 1, fn: 5}")
        wants = {"optimize": self.optimize, "at_least": self.at_least}
        if self.positive is not None and self.is_default:
            raise ValueError(f"positive: {self.positive!r} is used only with a threshold or costs")
        if self.threshold != "auto" and (name := next((key for key in wants if wants[key]), None)):
            raise ValueError(
                f"{name}: {wants[name]!r} is used only by threshold: auto; set that, or remove it"
            )
        return self

    @property
    def is_default(self) -> bool:
        """Whether predictions stay what the model predicts."""
        return self.threshold is None and not self.costs
