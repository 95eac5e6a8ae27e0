"""What to do after a run: findings, each with figures and a remedy."""

from kedro_sweep.evaluation.findings._evidence import Finding
from kedro_sweep.evaluation.findings._rules import list_findings

__all__ = ["Finding", "list_findings"]
