"""Where models saved by earlier versions find the wrapper of XGBoost."""

from importlib import import_module

XGBClassifier = import_module("kedro_sweep.search.settings._xgboost").XGBClassifier
