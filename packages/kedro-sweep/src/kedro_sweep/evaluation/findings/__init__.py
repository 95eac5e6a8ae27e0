"""What to do after a run: findings, each with figures and a remedy."""

from kedro_sweep.evaluation.findings.evidence import Evidence
from kedro_sweep.evaluation.findings.finding import Finding, log_findings, to_plain
from kedro_sweep.evaluation.findings.listing import list_findings
from kedro_sweep.evaluation.findings.rules import find_all

__all__ = ["Evidence", "Finding", "find_all", "list_findings", "log_findings", "to_plain"]
