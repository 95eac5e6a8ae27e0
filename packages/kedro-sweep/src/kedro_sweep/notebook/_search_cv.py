"""A search of hyperparameters with scikit-learn's interface, on the engine that projects use."""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from numbers import Integral
from pathlib import Path
from time import perf_counter
from typing import Any, Self

import numpy as np
import pandas as pd
from optuna.trial import FrozenTrial
from scipy.stats import rankdata
from sklearn.base import BaseEstimator, clone, is_classifier
from sklearn.compose import ColumnTransformer
from sklearn.model_selection._search import BaseSearchCV, _check_refit
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils import check_random_state, get_tags, indexable
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, check_is_fitted, column_or_1d

from kedro_sweep.errors import InputError
from kedro_sweep.evaluation import SweepSummary, fit_model, make_model, summarize
from kedro_sweep.evaluation.estimates import Estimate
from kedro_sweep.notebook._report import Result
from kedro_sweep.notebook._rows import find_free_name, make_table, make_target
from kedro_sweep.notebook._settings import Settings, list_settings, search_and_choose
from kedro_sweep.notebook._spaces import read_space
from kedro_sweep.notebook._stores import embed, open_stores
from kedro_sweep.search import StudyConfiguration, Sweep, settings
from kedro_sweep.search.storage import take_snapshot
from kedro_sweep.search.study import attributes, list_finished
from kedro_sweep.tables import Data, take_raw_rows

# What projects call the arguments, or advise, and what is said here.
WORDS = {
    r"[\w.]+: none leaves (.*), and (\w+) (.*): set it .*": (
        r"X contains \1, and \2 \3: impute or encode it, such as by skrub.tabular_pipeline(\2())"
    ),
    "missing values": "NaN",
    r"(choose a \w+) under sweep\.model in .*": r"\1.",
    r"data\.random_seed": "random_state",
    r"sweep\.model": "estimator",
    r"sweep\.": "",
}


class SweepSearchCV(BaseSearchCV):  # type: ignore[misc]
    """Search the hyperparameters of an estimator, and say what its score is after the choice.

    The score of a trial is `cross_val_score` of the estimator with its parameters, to the last bit.
    `sample_weight` counts in fits and in scores. With `groups`, a number of folds splits no group.

    Args:
        estimator: A classifier or regressor of scikit-learn's interface, such as a pipeline.
        search_space: For each argument (`step__name`, or `name` of the last step) `(low, high)` or
            `(low, high, "log")` of integers or floats, a list of choices, or a distribution of Optuna.
        n_trials: The number of trials that the study should have, with those of earlier fits.
        timeout: Seconds for the search and for training the model; None for no limit.
        cv: The number of folds, a splitter, or the rows of each fold.
        scoring: A scorer by name, or an object; None for the estimator's own. The first in a list, or
            the one that `refit` names, is optimized; the others are recorded.
        refit: Whether to train the model that was found on all rows.
        n_jobs: Cores to use; -1 for all.
        random_state: The seed of the search, and of all parts and splitters that have none. With None or
            a `RandomState`, each fit draws another one, so that no study continues.
        storage: The path of a journal, which a later fit with the same rows and arguments continues, or
            a storage of Optuna; None to keep nothing.
        ensemble_size: How many trials are chosen for a weighted ensemble; 0 for the best trial alone.
        sampler: A class of `optuna.samplers`, or `{"class": …, "params": …}`.

    Attributes:
        best_estimator_: The trained best trial, or the ensemble.
        best_params_: Those of the best trial, as are `best_score_` and `best_index_`.
        corrected_score_: The score of `best_estimator_` without the luck of the choice, with `low` and
            `high`; None if it cannot be estimated, as `summary_.corrected_note` explains.
        cv_results_: As of `RandomizedSearchCV`. `mean_fit_time` is of a fold with its score.
        study_: The study, with all trials.
        summary_: What is known about the search, worked out when it is first asked for.
    """

    return_train_score = False

    def __init__(
        self,
        estimator: Any,
        search_space: Any,
        *,
        n_trials: int = 100,
        timeout: float | None = None,
        cv: Any = 5,
        scoring: Any = None,
        refit: bool | str = True,
        n_jobs: int | None = None,
        random_state: Any = 42,
        storage: Any = None,
        ensemble_size: int = 0,
        sampler: Any = "TPESampler",
    ) -> None:
        """Set up a search; `fit` checks the arguments."""
        self.estimator = estimator
        self.search_space = search_space
        self.n_trials = n_trials
        self.timeout = timeout
        self.cv = cv
        self.scoring = scoring
        self.refit = refit
        self.n_jobs = n_jobs
        self.random_state = random_state
        self.storage = storage
        self.ensemble_size = ensemble_size
        self.sampler = sampler

    def fit(self, X: Any, y: Any = None, groups: Any = None, sample_weight: Any = None) -> Self:
        """Search, and train the model that was found on all rows.

        Args:
            X: Features: a table of pandas or Polars, an array, or a list.
            y: Target, shape (n,).
            groups: Group of each row, shape (n,).
            sample_weight: Weight of each row in fits and scores, shape (n,).

        Returns:
            This object.
        """
        with _in_own_words():
            configuration = self._configure(X, y, groups, sample_weight)
            configurations, sweep = {configuration.model.name: configuration}, configuration.sweep
            names = [configuration.scoring, *configuration.other_scorings]
            noted: dict[str, Any] = {}
            if not any(isinstance(part, settings.GIVEN) for part in (sweep.model, sweep.cv, *names)):
                data = {"y_label": str(configuration.y.name), "random_seed": configuration.random_seed}
                noted = {"data": data, "sweep": list_settings(sweep)}
            stores = open_stores(self.storage)
            found = search_and_choose(configurations, stores, noted)
        self.stores_, [self.study_] = stores, found.studies.values()
        # A later search may continue the study before someone asks for the summary of this one.
        studies = {name: take_snapshot(study) for name, study in found.studies.items()}
        self._found = found._replace(studies=studies)
        self.__dict__.pop("summary_", None)  # of an earlier fit
        scorers = {name: settings.find_scorer(name) for name in names}
        self.multimetric_ = isinstance(self.scoring, list | tuple)
        self.scorer_: Any = scorers if self.multimetric_ else scorers[configuration.scoring]
        self.n_splits_ = len(configuration.folds)
        trials = list_finished([self.study_])
        self.cv_results_ = self._list_results(trials, names)
        self.best_index_ = [trial.number for trial in trials].index(self.study_.best_trial.number)
        self.best_params_, self.best_score_ = self.study_.best_params, self.study_.best_value
        if self.refit:
            start = perf_counter()
            members, described = self._found.members, _describe_data(configuration)
            untrained = make_model(members, configuration.X, described, sweep)
            self.best_estimator_ = fit_model(untrained, X, y, configuration.weights, sweep.n_jobs)
            self.refit_time_ = perf_counter() - start
            if hasattr(self.best_estimator_, "feature_names_in_"):
                self.feature_names_in_ = self.best_estimator_.feature_names_in_
        return self

    def _list_results(self, trials: list[FrozenTrial], names: list[str]) -> dict[str, Any]:
        """List the trials as scikit-learn's searches do."""
        unknown = dict.fromkeys(names, [np.nan] * self.n_splits_)  # of a failed trial, or of a project
        out = []
        for trial in trials:
            folds = unknown | trial.user_attrs.get(attributes.FOLDS, {})
            seconds = trial.duration.total_seconds() / self.n_splits_ if trial.duration else np.nan
            for scores in zip(*(folds[name] for name in names), strict=True):
                found: Any = dict(zip(names, scores, strict=True)) if self.multimetric_ else scores[0]
                out.append({"fit_time": seconds, "score_time": np.nan, "test_scores": found})
        params = [trial.params for trial in trials]
        with warnings.catch_warnings(action="ignore", category=UserWarning):  # logged already
            results: dict[str, Any] = self._format_results(params, self.n_splits_, out)
        key = names[0] if self.multimetric_ else "score"
        results[f"mean_test_{key}"] = means = np.array([trial.value for trial in trials], dtype=float)
        ranks = rankdata(-np.nan_to_num(means, nan=-np.inf), method="min")
        return results | {f"rank_test_{key}": ranks.astype(np.int32)}

    @cached_property
    def summary_(self) -> SweepSummary:
        """What is known about the search, worked out when it is first asked for."""
        check_is_fitted(self, "study_")
        return summarize(*self._found)

    @property
    def corrected_score_(self) -> Estimate | None:
        """The score of the model, corrected for the choice, with its interval; None if unknown."""
        return self.summary_.corrected

    def _configure(self, X: Any, y: Any, groups: Any, weights: Any) -> StudyConfiguration:
        if y is None:
            raise ValueError("SweepSearchCV requires y to be passed, but the target y is None")
        estimator, search_space = clone(self.estimator), read_space(self.search_space)
        tags = get_tags(estimator)
        is_of_kind = tags.estimator_type in {"classifier", "regressor", None}  # None does not say
        if tags.input_tags.pairwise or not is_of_kind:
            raise ValueError(
                f"estimator={estimator!r} is no classifier or regressor of rows of features"
            )
        indexable(X, y, groups, weights)
        table = make_table(X)
        if repeated := sorted({*map(str, table.columns[table.columns.duplicated()])}):
            raise ValueError(f"X has more than one column named {repeated}: rename them")
        target = make_target(y, table)
        if is_classifier(estimator):
            # As the final fit, it does not take Python objects that are all numbers.
            check_classification_targets(y if isinstance(y, pd.Series) else column_or_1d(y))
        if weights is not None:
            if not settings.can_weight(estimator):
                raise ValueError(
                    f"sample_weight: {estimator!r} takes none: choose another, or leave it out"
                )
            _check_sample_weight(weights, table, ensure_non_negative=True)
        target = target.set_axis(table.index)
        if groups is not None:
            groups = pd.Series(np.asarray(groups), table.index, name=getattr(groups, "name", "groups"))
        drawn = self.random_state
        is_seed = isinstance(drawn, Integral)
        seed = int(drawn if is_seed else check_random_state(drawn).randint(2**31 - 1))
        if not 0 <= seed < 2**32:
            raise ValueError(f"random_state={drawn!r} is no seed: give a number from 0 to {2**32 - 1}")
        model = settings.find_model(estimator, search_space, seed)
        scoring = self._list_scorings(estimator) or None
        cv = self.cv
        if not isinstance(cv, Integral):
            cv = 5 if cv is None else settings.find_splitter(cv, X, target, groups, seed)
        sweep = Sweep.model_validate(
            {
                "model": model,
                "search_space": search_space,
                "n_trials": self.n_trials,
                "timeout": self.timeout,
                "cv": cv,
                "scoring": scoring,
                "sampler": {"class": self.sampler} if isinstance(self.sampler, str) else self.sampler,
                "pruner": {"class": "NopPruner"},
                "n_jobs": 1 if self.n_jobs is None else self.n_jobs,
                "ensemble": {"size": self.ensemble_size},
                "untuned_boosting": False,
            }
        )
        return StudyConfiguration(
            X=table,
            y=target,
            model=model,
            search_space=search_space,
            # Validation has made mere names of scorers that were given as objects.
            sweep=sweep.model_copy(update={"scoring": scoring}),
            random_seed=seed,
            groups=groups,
            weights=None if weights is None else np.asarray(weights, dtype=float),
            given=X if isinstance(X, np.ndarray | list | pd.Series) else None,
            keeps_folds=True,
        )

    def _list_scorings(self, estimator: Any) -> list[str]:
        given = self.scoring if isinstance(self.scoring, list | tuple) else [self.scoring]
        if isinstance(self.scoring, dict) or not given:
            raise ValueError(f"scoring={self.scoring!r}: give a scorer, or a list of some")
        names = [settings.find_scoring(scoring, estimator) for scoring in given]
        if isinstance(self.refit, str) and self.refit in names:
            names.sort(key=lambda name: name != self.refit)
        elif not isinstance(self.refit, bool):
            raise ValueError(f"refit={self.refit!r} is neither True, False nor in scoring={names!r}")
        return [name for name in names if name is not None]

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """Score the model by the scorer that the search optimized."""
        _check_refit(self, "score")
        check_is_fitted(self)
        scorer = next(iter(self.scorer_.values())) if self.multimetric_ else self.scorer_
        return settings.score_weighted(scorer, self.best_estimator_, X, y, sample_weight)

    def report(self, X: Any, y: Any, file: Path | str | None = None, *, browser: bool = True) -> Path:
        """Write the report of a project, with these rows as the test, and open it.

        Args:
            X: Features that `fit` has not seen.
            y: Target, shape (n,).
            file: Where to write it; None for a temporary folder.
            browser: Whether to open it in a browser.

        Returns:
            The file.
        """
        check_is_fitted(self, "best_estimator_")
        if "_found" not in vars(self):
            raise ValueError(
                "report: a pickle has no training rows: fit again, with storage=, or before"
            )
        [found] = self._found.configurations.values()
        data, features = _describe_data(found), make_table(X)
        if missing := [name for name in found.X if name not in features]:
            raise ValueError(f"report: X has no columns {missing}, which the model takes")
        known, features = found.X.copy(deep=False), features[[*found.X.columns]]
        # Otherwise, `concat` turns columns of different categories into objects.
        for name in known.columns[known.dtypes == "category"]:
            kind: Any = known[name].dtype
            new = [value for value in features[name].dropna().unique() if value not in kind.categories]
            both = pd.CategoricalDtype([*kind.categories, *new], kind.ordered) if new else kind
            known[name], features[name] = (part[name].astype(both) for part in (known, features))
        weights = {} if data.weights is None else {data.weights: found.weights}
        train = known.assign(**{data.y_label: found.y}, **weights)
        target = {data.y_label: make_target(y, features).array}
        test = features.assign(**target, **dict.fromkeys(weights, 1.0))
        table = pd.concat([train, test], ignore_index=True).rename(columns=str)
        train, test = table[: len(train)], table[len(train) :]
        names = [*map(str, features.columns)]
        steps = [("given", "passthrough", names)]
        picks: Any = ColumnTransformer(steps, verbose_feature_names_out=False)
        preparation = picks.set_output(transform="pandas").fit(train)
        estimator = self.best_estimator_
        if found.given is not None or [*found.X.columns] != names:
            n_dimensions = None if found.given is None else np.ndim(found.given)
            how = {"n_dimensions": n_dimensions, "columns": [*found.X.columns]}
            own = estimator.steps if isinstance(estimator, Pipeline) else [("model", estimator)]
            estimator = Pipeline([("form", FunctionTransformer(_give_back, kw_args=how)), *own])
        model = take_raw_rows(preparation, estimator, {})
        known_settings = Settings(data=data, sweep=found.sweep)
        [study] = self._found.studies.values()
        stores = self.stores_._replace(storage=study._storage)
        search = self.summary_, self._found.studies, stores, self._found.members, known_settings
        result = Result(model, *search, table, table, train, test, preparation)
        return result.report(file, browser=browser)

    def get_metadata_routing(self) -> Any:
        """Get what this object itself takes: `groups` and `sample_weight`."""
        return BaseEstimator.get_metadata_routing(self)

    def __getstate__(self) -> Any:
        """Pickle the trials and predictions themselves, wherever they are kept, without the rows."""
        state = super().__getstate__()
        if "study_" not in state:
            return state
        known = self._found.studies.values() if "_found" in state else [self.study_]
        stores, [study] = embed(self.stores_, known)
        state |= {"summary_": self.summary_, "study_": study, "stores_": stores}
        return {name: value for name, value in state.items() if name != "_found"}

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        tags.input_tags.sparse = tags.array_api_support = False
        return tags


def _describe_data(found: StudyConfiguration) -> Data:
    """Describe the table of X, y and the weights as a project would."""
    weights = None if found.weights is None else find_free_name("sample_weight", found.X)
    names = {"y_label": str(found.y.name), "weights": weights}
    return Data(**names, impute="none", duplicates="keep", random_seed=found.random_seed)


def _give_back(rows: pd.DataFrame, n_dimensions: int | None, columns: list[Any]) -> Any:
    """Give rows the form in which `fit` got them: a table if `n_dimensions` is None."""
    if n_dimensions is None:
        return rows.set_axis(columns, axis="columns")
    return rows.iloc[:, 0] if n_dimensions == 1 else rows.to_numpy()


@contextmanager
def _in_own_words() -> Iterator[None]:
    try:
        yield
    except InputError as error:
        text = str(error)
        for pattern, words in WORDS.items():
            text = re.sub(pattern, words, text, flags=re.DOTALL)
        raise type(error)(text) from error.__cause__
