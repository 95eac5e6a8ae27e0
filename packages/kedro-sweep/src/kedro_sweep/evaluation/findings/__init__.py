"""What to make of a run: checks, findings with figures and a remedy, and the verdict."""

from kedro_sweep.evaluation.findings._all_rules import CHECKS, check_names, list_findings
from kedro_sweep.evaluation.findings._evidence import Finding, split_message

__all__ = ["CHECKS", "Finding", "check_names", "list_findings", "split_message"]
