"""A folder with the model for those who do not have this library, or Kedro."""

from kedro_sweep.handover._export import export_model
from kedro_sweep.handover._handover import Handover, gather
