"""The parts of a project's pipelines that are the same in every project."""

from kedro_sweep.pipelines.data_science import record_model
from kedro_sweep.pipelines.reporting import report
from kedro_sweep.pipelines.tables import record_tables
from kedro_sweep.pipelines.worker import work

__all__ = ["record_model", "record_tables", "report", "work"]
