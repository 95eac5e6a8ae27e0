"""The tools, in the order of the tables: ours, then the others."""

from dataclasses import dataclass, field
from typing import Any

BOOSTERS = ["lightgbm", "xgboost", "catboost"]
AUTOGLUON = ["autogluon.tabular[lightgbm,catboost,xgboost]==1.6.3", "pyarrow"]
MLJAR = ["mljar-supervised==1.3.2", "pyarrow"]
FULL, PLAIN = "contest, boosters", "contest, plain"
BEST, MEDIUM, UNTUNED = "AutoGluon best", "AutoGluon medium", "skrub untuned"


@dataclass(frozen=True)
class Tool:
    """A way to train a model."""

    fit: str  # MODULE:FUNCTION in this folder
    package: str
    boosters: list[str] = field(default_factory=list)  # besides scikit-learn's
    options: dict[str, Any] = field(default_factory=dict)
    requirements: list[str] = field(default_factory=list)  # of a separate environment, if any
    limits: tuple[bool, ...] = (True,)  # whether it is measured with a time limit, without, or both

    @property
    def is_ours(self) -> bool:
        """Whether it is a way of this project."""
        return self.package == "kedro-sweep"


TOOLS = {
    FULL: Tool("ours:run_contest", "kedro-sweep", BOOSTERS),
    PLAIN: Tool("ours:run_contest", "kedro-sweep", options={"is_plain": True}),
    "after use": Tool("ours:run_after_use", "kedro-sweep", limits=(False,)),
    "example": Tool("ours:run_example", "kedro-sweep", limits=(False,)),
    **{
        f"AutoGluon {quality}": Tool(
            "automl:fit_autogluon",
            "autogluon.tabular",
            BOOSTERS,
            {"presets": f"{quality}_quality"},
            AUTOGLUON,
        )
        for quality in ("best", "medium")
    },
    "FLAML": Tool("others:search_with_flaml", "flaml", BOOSTERS),
    "FLAML ensemble": Tool("others:search_with_flaml", "flaml", BOOSTERS, {"ensemble": True}),
    "mljar": Tool("automl:fit_mljar", "mljar-supervised", BOOSTERS, {"mode": "Compete"}, MLJAR),
    "OptunaSearchCV": Tool("others:search_with_optuna_search_cv", "optuna-integration"),
    "skrub search": Tool("others:search_with_skrub", "skrub"),
    UNTUNED: Tool("others:fit_untuned", "skrub", limits=(True, False)),
}
