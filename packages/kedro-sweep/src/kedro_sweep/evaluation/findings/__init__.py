"""What to do after a run: findings, each with figures and a remedy."""

from kedro_sweep.evaluation.findings._all_rules import list_findings
from kedro_sweep.evaluation.findings._evidence import Finding

__all__ = ["Finding", "list_findings"]
