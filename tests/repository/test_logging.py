"""The log of a run has each warning once."""

import pytest

from tests.conftest import Project

LOGISTIC = """
sweep:
  model: { class: sklearn.linear_model.LogisticRegression, params: { max_iter: 5 } }
  search_space: { C: { type: float, low: 0.1, high: 1 } }
  n_trials: 2
  cv: 2
  untuned_boosting: false
  sampler: { class: TPESampler }
  pruner: { class: NopPruner }
"""


def test_a_warning_of_many_fits_is_one_line_for_the_search_and_one_for_the_last_fit(
    project: Project,
    caplog: pytest.LogCaptureFixture,
    recwarn: pytest.WarningsRecorder,
) -> None:
    (project.path / "conf/base/parameters_data_science.yml").write_text(LOGISTIC)
    project.run_here("dp", "ds")
    text = "ConvergenceWarning: lbfgs failed to converge after 5 iteration(s) (status=1)"
    assert [message for message in caplog.messages if "lbfgs" in message] == [
        f"{text} (4 times in 2 trials)",
        text,
    ]
    assert not [warning for warning in recwarn if "lbfgs" in str(warning.message)]
