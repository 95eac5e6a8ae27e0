"""The table of predictions for new rows, with the warnings of the model in the log."""

from kedro_sweep.evaluation.decisions import _classifier
from kedro_sweep.search import log_warnings

predict_table = log_warnings()(_classifier.predict_table)
