"""XGBoost's classifier for classes of any kind; imported only where XGBoost is installed."""

import xgboost

from kedro_sweep.search.numbered_classes import NumberedClasses


class XGBClassifier(NumberedClasses, xgboost.XGBClassifier):  # type: ignore[misc]  # may be missing
    """XGBoost's classifier, which by itself only accepts classes numbered from 0."""
