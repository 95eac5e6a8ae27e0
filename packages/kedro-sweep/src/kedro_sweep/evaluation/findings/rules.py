"""All rules, in order of importance.

A rule takes the evidence and yields its findings, or nothing if evidence is missing. Its docstring says
when it applies.
"""

from collections.abc import Callable, Iterator

from kedro_sweep.evaluation.findings.evidence import Evidence
from kedro_sweep.evaluation.findings.finding import Finding
from kedro_sweep.evaluation.findings.groups import groups_across_split
from kedro_sweep.evaluation.findings.rows import (
    coincidences_dropped,
    copies_across_split,
    copies_dropped,
    feature_predicts_target,
    identifier_features,
    rare_classes,
)
from kedro_sweep.evaluation.findings.scores import (
    no_better_than_default,
    no_better_than_dummy,
    search_and_test_disagree,
)
from kedro_sweep.evaluation.findings.search import (
    best_at_edge,
    parameter_without_effect,
    still_improving,
)

Rule = Callable[[Evidence], Iterator[Finding]]

RULES: tuple[Rule, ...] = (
    no_better_than_dummy,
    feature_predicts_target,
    copies_across_split,
    groups_across_split,
    coincidences_dropped,
    search_and_test_disagree,
    identifier_features,
    no_better_than_default,
    rare_classes,
    copies_dropped,
    best_at_edge,
    still_improving,
    parameter_without_effect,
)


def find_all(evidence: Evidence) -> list[Finding]:
    """Apply all rules to a run.

    A rule whose evidence is missing finds nothing.

    Args:
        evidence: The facts about the run.

    Returns:
        The findings, most important first.
    """
    return [finding for rule in RULES for finding in rule(evidence)]
