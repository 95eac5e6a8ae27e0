"""What the report of a search without a project says."""

import pytest

from kedro_sweep.notebook._report import say_in_a_notebook


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "Run `kedro run --env contest --params sweep.n_trials=90`, which searches.",
            "Call `tune` with models='contest', which searches.",
        ),
        ("Run `kedro run --env contest`.", "Call `tune` with models='contest'."),
        ("Raise sweep.n_trials in conf/base/parameters_data_science.yml.", "Raise sweep.n_trials."),
        ("Use `kedro sweep predict FILE`.", "Use `predict(rows)`."),
    ],
)
def test_arguments_and_calls_stand_in_the_place_of_files_and_commands(text: str, expected: str) -> None:
    assert say_in_a_notebook(text) == expected
