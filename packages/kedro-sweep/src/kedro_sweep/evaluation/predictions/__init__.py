"""The predictions that trials made for the rows they did not see."""

from kedro_sweep.evaluation.predictions._out_of_fold import (
    BATCH_CELLS,
    Array,
    Predictions,
    Truth,
    align,
    describe_truth,
    draw_batches,
    tabulate,
)
from kedro_sweep.evaluation.predictions._prediction_store import (
    PredictionStore,
    draw_lot,
    find_unshared_files,
    list_configurations,
    list_files,
    remove_files,
)
