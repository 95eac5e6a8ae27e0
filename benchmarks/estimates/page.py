"""The page of the documentation about estimates."""

from typing import Any

from benchmarks.machine import describe_days
from benchmarks.markdown import make_table

PAGE = """# Simulations

Whether the estimates that a run reports are right. `make bench-estimates` takes these measurements in about two hours
and writes this page. The figures do not depend on the speed of the machine.

## The corrected value

The search ran on made-up tables whose truth is known: 300 or 1,000 rows, two or four classes, and a strong, a weak or
no signal. Each search had 40 trials with TPE and 5 folds. The truth is the accuracy of the best configuration on 20,000
other rows, after a refit on all rows of the search.

- **best - truth** and **corrected - truth**: the mean error of the best CV value and of the
  [corrected value](../explanation/estimates.md), with its standard error. A positive error means too optimistic.
- **interval holds the truth**: how often the 95% interval of the corrected value contained the truth.
- **width**: the width of that interval, divided by the width of a binomial interval for the same number of rows.
- **goal met**: the interval holds the truth at least 93 times in 100, the width is at most 2, and the corrected value
  is not too optimistic by more than its standard error.

{estimates}

Where there is no signal at all, some optimism can remain. The correction treats the configurations as given, but TPE
draws new ones near those that were lucky on the same rows. The next table shows this with decision trees on 300 rows
without any signal, for TPE and for a random search of the same tables. Compared table by table, the random search is
less optimistic by {less}:

{samplers}

## Against nested cross-validation

Nested cross-validation repeats the whole search in five outer folds. On the same tables, with a bootstrap interval of
its estimate. *Width* is the width of the interval in accuracy, *fits* the number of models trained, as a multiple of
the search:

{nested}

## On the wines

The shipped search, with {splits[seeds]} seeds for the split into training and test rows. The mean best value is
{splits[best]:.4f}, the mean corrected value {splits[corrected]:.4f}, and the mean score on the test rows {splits[test]:.4f}.
The 95% intervals of the last two overlap in {splits[overlap]} of {splits[seeds]} splits.

## The default model against an untuned pipeline

Test score of `kedro run` with its defaults (a random forest, 100 trials) and of `skrub.tabular_pipeline` without a
search (histogram gradient boosting), on tables of eight kinds, most of them made up. Each figure is the mean of five
repetitions, each with a new made-up table or a new split. [Strength](strength.md) has public tables and more methods.

{quality}

Each part was measured by itself ({days}), for example with `python -m benchmarks.estimates --parts splits`.
The machine: {machine}. All figures are in [simulations.json](simulations.json).
"""


def make_page(results: dict[str, Any]) -> str:
    """Make the page.

    Args:
        results: All that was measured.

    Returns:
        The text of the page.
    """
    quality = make_table(
        ["table", "score", "Kedro Sweep", "skrub, untuned", "difference", "standard error"],
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
        ["search", "repetitions", "estimate", "estimate - truth", "width", "fits"],
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
        days=describe_days(results["measured"].values()),
    )


def _table_cases(cases: list[dict[str, Any]]) -> str:
    return make_table(
        [
            "search",
            "repetitions",
            "best - truth",
            "corrected - truth",
            "interval holds the truth",
            "width",
            "goal met",
        ],
        [
            [
                case.get("table") or case.get("sampler") or f"{case['model']}, {case['rows']:,} rows",
                f"{case['repetitions']}",
                f"{case['best_error']:+.4f} ± {case['best_standard_error']:.4f}",
                f"{case['error']:+.4f} ± {case['standard_error']:.4f}",
                f"{case['coverage']:.1%}",
                f"{case['relative_width']:.2f}",
                "yes" if case["met"] else "**no**",
            ]
            for case in cases
        ],
    )
