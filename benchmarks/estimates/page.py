"""The page of the documentation about estimates."""

from typing import Any

from benchmarks.markdown import make_table

PAGE = """# Simulations

`make bench-estimates` measures these figures, which no faster machine changes, in about two hours, and writes this page.

How good a model is on tables of eight kinds, most of them made up: the test score of `kedro run` as it stands (a random
forest, 100 trials) against `skrub.tabular_pipeline` without tuning (histogram gradient boosting). Each figure is the mean
of five repetitions with other draws of the table, or other splits of a public one. Public tables and other methods are on
[another page](strength.md):

{quality}

Whether the number that is reported is the number that is got: searches on made-up tables (300 or 1,000 rows, two or four
classes, with a strong, a weak or no signal; 40 trials with TPE, 5 folds), whose truth is known. It is the accuracy of the
best configuration, refitted on all rows, on 20,000 other rows. Errors are means with their standard errors. The corrected
estimate should hold the truth in its 95% interval at least 93 times of 100, with an interval at most twice as wide as the
binomial one of as many rows, and should not be optimistic beyond its standard error:

{estimates}

Nested cross-validation repeats the whole search in five outer folds. On the same tables, with its bootstrap interval:

{nested}

The correction takes the configurations as given. TPE, however, looks for them near those that were lucky on the same rows,
which leaves some optimism where luck is all there is to find: decision trees on 300 rows without any signal, with TPE and
with a random search of the same tables. Table by table, the random search is less optimistic by {less}:

{samplers}

The same question on the wines, with the shipped search and {splits[seeds]} seeds of the split: the mean of the best
value is {splits[best]:.4f}, of the corrected one {splits[corrected]:.4f}, and on the test rows {splits[test]:.4f}. The
95% intervals of the last two overlap in {splits[overlap]} of {splits[seeds]} splits.

Measured on: {machine}. Each part can be measured alone (`python -m benchmarks.estimates --parts splits`); the days:
{days}. All figures are in [simulations.json](simulations.json).
"""


def make_page(results: dict[str, Any]) -> str:
    """Make the page.

    Args:
        results: All that was measured.

    Returns:
        The text of the page.
    """
    quality = make_table(
        ["table", "score", "ours", "skrub", "difference", "standard error"],
        [
            [
                row["table"],
                row["score"],
                f"{row['ours']:.3f}",
                f"{row['theirs']:.3f}",
                f"{row['difference']:+.3f}",
                f"{row['standard_error']:.3f}",
            ]
            for row in results["quality"]
        ],
    )
    estimates = _table_cases(results["estimates"]["cases"])
    samplers = _table_cases(results["estimates"]["samplers"])
    random = results["estimates"]["samplers"][1]
    less = f"{random['less']:.4f} ± {random['less_standard_error']:.4f}"
    nested = make_table(
        ["of", "runs", "estimate", "minus the truth", "width", "fits"],
        [
            line
            for row in results["estimates"]["nested"]
            for line in (
                [
                    f"{row['model']}, {row['rows']:,} rows",
                    f"{row['repetitions']}",
                    "corrected",
                    f"{row['error']:+.4f} ± {row['standard_error']:.4f}",
                    f"{row['width']:.3f}",
                    "1",
                ],
                [
                    "",
                    "",
                    "nested",
                    f"{row['nested_error']:+.4f} ± {row['nested_standard_error']:.4f}",
                    f"{row['nested_width']:.3f}",
                    f"{row['cost']:.1f}",
                ],
            )
        ],
    )
    return PAGE.format(
        quality=quality,
        estimates=estimates,
        nested=nested,
        less=less,
        samplers=samplers,
        splits=results["splits"],
        machine=", ".join(f"{name} {value}" for name, value in results["machine"].items()),
        days=", ".join(f"{part} {day}" for part, day in results["measured"].items()),
    )


def _table_cases(cases: list[dict[str, Any]]) -> str:
    return make_table(
        ["of", "runs", "best - truth", "corrected - truth", "holds the truth", "width", "met"],
        [
            [
                case.get("table") or case.get("sampler") or f"{case['model']}, {case['rows']:,} rows",
                f"{case['repetitions']}",
                f"{case['best_error']:+.4f} ± {case['best_standard_error']:.4f}",
                f"{case['error']:+.4f} ± {case['standard_error']:.4f}",
                f"{case['coverage']:.1%}",
                f"{case['relative_width']:.2f}",
                "yes" if case["met"] else "NO",
            ]
            for case in cases
        ],
    )
