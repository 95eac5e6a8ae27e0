"""scikit-learn's own tests of estimators and searches, on `SweepSearchCV`: about two minutes."""

import importlib.util
import inspect
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
import pytest
from kedro_sweep import SweepSearchCV
from sklearn import model_selection
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_breast_cancer, make_classification
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import tests as of_scikit_learn
from sklearn.model_selection import train_test_split
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder
from sklearn.utils.estimator_checks import parametrize_with_checks

SHORT: dict[str, Any] = {"n_trials": 2, "cv": 2}


@parametrize_with_checks(  # type: ignore[untyped-decorator]
    [
        SweepSearchCV(LogisticRegression(), {"C": (0.1, 10.0, "log")}, **SHORT),
        SweepSearchCV(Ridge(), {"alpha": (0.1, 10.0, "log")}, **SHORT),
    ],
    expected_failed_checks=lambda _: {
        "check_dtype_object": "text in X is named with the remedy, as a ValueError instead of a TypeError"
    },
)
def test_it_passes_the_checks_of_estimators(estimator: Any, check: Any) -> None:
    check(estimator)


class Borrowing(SweepSearchCV):
    """Takes the arguments of scikit-learn's searches."""

    def __init__(
        self,
        estimator: Any,
        param_distributions: Any = None,
        *,
        param_grid: Any = None,
        n_iter: int = 4,
        scoring: Any = None,
        n_jobs: int | None = None,
        refit: Any = True,
        cv: Any = None,
        random_state: Any = 0,
        verbose: int = 0,
        error_score: Any = np.nan,
        return_train_score: bool = False,
    ) -> None:
        """Keep them, so that a clone has them, too."""
        self.param_distributions, self.param_grid = param_distributions, param_grid
        self.n_iter, self.verbose, self.error_score = n_iter, verbose, error_score
        self.return_train_score = return_train_score
        options: dict[str, Any] = {"scoring": scoring, "n_jobs": n_jobs, "refit": refit, "cv": cv}
        super().__init__(estimator, {}, random_state=random_state, sampler="RandomSampler", **options)

    def fit(self, X: Any, y: Any = None, *params: Any, **more: Any) -> Any:
        """Read the search space."""
        given = self.param_grid if self.param_distributions is None else self.param_distributions
        self.search_space = {name: _read(found) for name, found in given.items()}
        self.n_trials = self.n_iter
        return super().fit(X, y, *params, **more)


def _read(found: Any) -> Any:
    return tuple(map(float, found.support())) if hasattr(found, "dist") else [*found]


# Which of the tests of `OptunaSearchCV` in optuna-integration do not apply, by the reason. The others
# (blobs, their properties, no target) are among those of this package.
OPTUNA_NOT_APPLICABLE = {
    "a classifier or a regressor, and a target, are needed": [
        "test_optuna_search_score_samples",
        "test_optuna_search_transforms",
        "test_optuna_search_invalid_estimator",
        "test_optuna_search_tuple_instead_of_distribution",
        "test_optuna_search_convert_deprecated_distribution",
        "test_objective_error_score_nan",
    ],
    "it has no such argument": [
        "test_optuna_search[coef_init]",
        "test_optuna_search_pruning_without_partial_fit",
        "test_optuna_search_negative_max_iter",
        "test_optuna_search_study_with_minimize",
        "test_optuna_search_verbosity",
        "test_optuna_search_subsample",
        "test_objective_error_score_invalid",
        "test_callbacks",
        "test_catch",
        "test_terminator_cv_score_reporting",
        "test_single_cv_split_terminator_warning",
    ],
    "values outside of what an argument allows are refused before the search": [
        "test_no_halt_with_error",
    ],
}

# Which of the tests of scikit-learn's searches do not apply, by the reason.
NOT_APPLICABLE = {
    "a sampler draws the trials, in its own order and number": [
        "test_grid_search",
        "test_grid_search_correct_score_results",
        "test_search_cv_results_rank_tie_breaking",
        "test_random_search_cv_results_multimetric",
    ],
    "no scores of training rows, and no times of single fits": [
        "test_search_default_iid",
        "test_grid_search_cv_splits_consistency",
    ],
    "choices are plain values, which a storage of Optuna can keep: no estimators, tuples or arrays": [
        "test_grid_search_pipeline_steps",
        "test_search_estimator_param",
        "test_search_with_2d_array",
        "test_search_html_repr",
        "test_cv_results_dtype_issue_29074",
        "test_search_with_estimators_issue_29157",
        "test_cv_results_multi_size_array",
    ],
    "a search space is a dictionary with at least one entry, and has its own error messages": [
        "test_grid_search_bad_param_grid",
        "test_no_refit",
        "test_predict_proba_disabled",
        "test_refit",
        "test_grid_search_cv_results",
        "test_random_search_cv_results",
        "test_grid_search_cv_results_multimetric",
        "test_search_cv_using_minimal_compatible_estimator",
    ],
    "values outside of what an argument allows are refused before the search": [
        "test_search_cv_timing",
    ],
    "the seed comes from random_state": ["test_search_cv_results_none_param"],
    "fit takes groups and sample_weight for itself, and nothing for the estimator alone": [
        "test_SearchCV_with_fit_params",
        "test_scalar_fit_param",
        "test_scalar_fit_param_compat",
        "test_multi_metric_search_forwards_metadata",
        "test_score_rejects_params_with_no_routing_enabled",
    ],
    "a scorer that takes no sample_weight is refused": ["test_unsupported_sample_weight_scorer"],
    "a classifier or a regressor with one target is needed": [
        "test_grid_search_no_score",
        "test_unsupervised_grid_search",
        "test_gridsearch_no_predict",
        "test_search_cv_score_samples_method",
        "test_grid_search_with_multioutput_data",
        "test_gridsearch_nd",
    ],
    "sparse rows and matrices of pairs are refused": [
        "test_grid_search_sparse",
        "test_grid_search_sparse_scoring",
        "test_grid_search_precomputed_kernel",
        "test_search_cv_pairwise_property_equivalence_of_precomputed",
    ],
    "trials get y as a series, and tables of pandas instead of tables of other libraries": [
        "test_y_as_list",
        "test_pandas_input",
    ],
    "arrays are of NumPy": ["test_array_api_search_cv_classifier"],
    "refit is True, False or one of the scores": [
        "test_refit_callable",
        "test_refit_callable_invalid_type",
        "test_refit_callable_out_bound",
        "test_refit_callable_multi_metric",
    ],
    "a scorer returns one number": [
        "test_callable_multimetric_confusion_matrix",
        "test_callable_multimetric_same_as_list_of_strings",
        "test_callable_multimetric_error_on_invalid_key",
        "test_callable_multimetric_error_failing_clf",
        "test_callable_multimetric_clf_all_fits_fail",
    ],
    "a failed trial is logged, and keeps its reason in the study": [
        "test_grid_search_failing_classifier",
        "test_grid_search_classifier_all_fits_fail",
        "test_grid_search_failing_classifier_raise",
        "test_searchcv_raise_warning_with_non_finite_score",
    ],
    "folds are made once, and have errors of their own": [
        "test_empty_cv_iterator_error",
        "test_random_search_bad_cv",
    ],
    "it has no verbose, no hooks for subclasses and no callbacks": [
        "test_search_cv_verbose_3",
        "test_custom_run_search",
        "test_search_callbacks_no_propagation",
        "test_search_callbacks_propagation",
        "test_search_callbacks_receive_sample_weight",
        "test_search_callbacks_receive_search_instance",
        "test_search_callbacks_with_partial_fit_failures",
    ],
}


def _borrow() -> dict[str, Any]:
    """Import scikit-learn's tests of its searches once more, with ours in their place."""
    [folder] = of_scikit_learn.__path__
    spec = importlib.util.spec_from_file_location("borrowed_tests", Path(folder, "test_search.py"))
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    ours: dict[str, Any] = dict.fromkeys(("GridSearchCV", "RandomizedSearchCV"), Borrowing)
    with patch.multiple(model_selection, **ours):
        spec.loader.exec_module(module)
    tests = {name: found for name, found in vars(module).items() if name.startswith("test_")}
    return {name: found for name, found in tests.items() if _is_about_search(inspect.getsource(found))}


def _is_about_search(source: str) -> bool:
    names = ("GridSearchCV(", "RandomizedSearchCV(", "SearchCV, ", "search_cv", "search_callbacks")
    return any(name in source for name in names)


BORROWED = _borrow()
_left_out = {name for names in NOT_APPLICABLE.values() for name in names}
globals().update({name: found for name, found in BORROWED.items() if name not in _left_out})


def test_every_test_that_is_left_out_exists() -> None:
    assert _left_out <= BORROWED.keys()


def test_worker_processes_get_what_cannot_be_imported() -> None:
    class Own(GaussianNB):  # type: ignore[misc]
        pass

    X, y = make_classification(80, random_state=0)
    options: dict[str, Any] = {"n_trials": 3, "scoring": lambda model, X, y: model.score(X, y)}
    space = {"var_smoothing": (1e-9, 1.0, "log")}
    alone, shared = (SweepSearchCV(Own(), space, n_jobs=n, **options).fit(X, y) for n in (1, 2))
    assert shared.cv_results_["mean_test_score"][0] == alone.cv_results_["mean_test_score"][0]


SCRIPT = """
from kedro_sweep import SweepSearchCV
from sklearn.datasets import load_breast_cancer, make_classification
from sklearn.naive_bayes import GaussianNB

X, y = make_classification(80, random_state=0)
space = {"var_smoothing": (1e-9, 1.0, "log")}
search = SweepSearchCV(GaussianNB(), space, n_trials=N_TRIALS, storage="killed.journal").fit(X, y)
"""


def test_a_killed_search_continues(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    process = subprocess.Popen([sys.executable, "-c", SCRIPT.replace("N_TRIALS", "1000")])
    while len([*tmp_path.glob("killed.journal.predictions/*")]) < 5:
        assert process.poll() is None
        time.sleep(0.05)
    process.kill()
    process.wait()
    names: dict[str, Any] = {}
    exec(SCRIPT.replace("N_TRIALS", "100"), names)
    trials = names["search"].study_.trials
    states = {trial.state.name for trial in trials}
    assert (len(trials), states) == (max(100, len(trials)), {"COMPLETE"})
    assert names["search"].corrected_score_ is not None


@pytest.mark.parametrize("as_frame", [True, False])
def test_the_report_is_that_of_a_project(as_frame: bool, tmp_path: Path) -> None:
    pytest.importorskip("kedro_sweep.notebook._report")
    X, y = load_breast_cancer(return_X_y=True, as_frame=as_frame)
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    space = {"var_smoothing": (1e-9, 1.0, "log")}
    search: Any = SweepSearchCV(GaussianNB(), space, n_trials=3, cv=3)
    file = search.fit(X_train, y_train).report(X_test, y_test, tmp_path / "report.html", browser=False)
    text = file.read_text()
    assert f"{search.corrected_score_.value:.3f}" in text
    assert "143 test rows" in text


def take_first(codes: Any) -> Any:
    """Take the first column of an array, as a step of a pipeline may."""
    return np.asarray(codes[:, :1])


@pytest.mark.parametrize("kind", ["categories", "texts", "an array"])
def test_the_report_gives_the_model_rows_as_it_got_them(kind: str, tmp_path: Path) -> None:
    codes = np.random.default_rng(0).integers(0, 3, 300)
    steps: dict[str, Any] = {
        "categories": (
            make_column_transformer((OneHotEncoder(handle_unknown="ignore"), ["code"])),
            pd.DataFrame({"code": pd.Categorical(codes)}),
        ),
        "texts": (CountVectorizer(), [["good", "bad", "poor"][code] for code in codes]),
        "an array": (
            make_pipeline(FunctionTransformer(take_first), OneHotEncoder()),
            np.column_stack([codes, codes]),
        ),
    }
    step, rows = steps[kind]
    model, y = make_pipeline(step, LogisticRegression()), codes == 1
    search: Any = SweepSearchCV(model, {"C": (1.0, 10.0)}, n_trials=2, cv=3)
    search.fit(rows[:200], y[:200])
    assert search.score(rows[200:], y[200:]) == 1
    file = search.report(rows[200:], y[200:], tmp_path / "report.html", browser=False)
    assert re.search(r"1\.000 \(0\.9\d+ to 1\.000\)", file.read_text())
