"""The estimator of an ensemble of classifiers behaves as scikit-learn's do."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.ensemble import VotingClassifier
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.estimator_checks import check_estimator

from kedro_sweep.evaluation.ensemble import SoftVotingClassifier

TREE = DecisionTreeClassifier(max_depth=3, random_state=0)


def test_it_keeps_the_conventions_of_scikit_learn() -> None:
    members = [("tree", TREE), ("ridge", RidgeClassifier())]
    check_estimator(SoftVotingClassifier(members, weights=[2, 1]), on_skip=None)


@pytest.fixture
def table() -> tuple[pd.DataFrame, pd.Series]:
    random = np.random.default_rng(0)
    X = pd.DataFrame(random.normal(size=(120, 3)), columns=["x", "y", "z"])
    score = X["x"] + random.normal(0, 0.3, len(X))
    return X, pd.Series(np.select([score > 0.5, score > -0.5], ["high", "middle"], "low"))


def test_with_probabilities_it_is_the_soft_vote_of_scikit_learn(
    table: tuple[pd.DataFrame, pd.Series],
) -> None:
    members = [("tree", TREE), ("linear", LogisticRegression())]
    own = SoftVotingClassifier(members, weights=[2, 1]).fit(*table)
    theirs = VotingClassifier(members, voting="soft", weights=[2, 1]).fit(*table)
    assert own.predict(table[0]).tolist() == theirs.predict(table[0]).tolist()
    np.testing.assert_allclose(own.predict_proba(table[0]), theirs.predict_proba(table[0]))
    assert own.classes_.tolist() == ["high", "low", "middle"]
    assert own.feature_names_in_.tolist() == ["x", "y", "z"]


def test_members_are_fitted_on_the_labels_as_they_are(table: tuple[pd.DataFrame, pd.Series]) -> None:
    weights = {"low": 9, "middle": 1, "high": 1}
    members = [("tree", clone(TREE).set_params(class_weight=weights)), ("ridge", RidgeClassifier())]
    model = SoftVotingClassifier(members).fit(*table)
    expected = members[0][1].fit(*table).predict(table[0])
    assert model.named_estimators_["tree"].predict(table[0]).tolist() == expected.tolist()


def test_a_member_without_probabilities_votes(table: tuple[pd.DataFrame, pd.Series]) -> None:
    X, y = table
    model = SoftVotingClassifier([("tree", TREE), ("ridge", RidgeClassifier())], weights=[1, 3])
    model.fit(X, y)
    tree, ridge = (member.fit(X, y) for member in (clone(TREE), RidgeClassifier()))
    votes = ridge.predict(X)[:, np.newaxis] == model.classes_
    np.testing.assert_allclose(model.predict_proba(X), (tree.predict_proba(X) + 3 * votes) / 4)
    assert model.predict(X).tolist() == ridge.predict(X).tolist()


def test_it_is_pickled_and_inspected(table: tuple[pd.DataFrame, pd.Series]) -> None:
    model = SoftVotingClassifier([("tree", TREE), ("ridge", RidgeClassifier())]).fit(*table)
    copy = pickle.loads(pickle.dumps(model))
    assert copy.predict(table[0]).tolist() == model.predict(table[0]).tolist()
    importances = permutation_importance(model, *table, n_repeats=2, random_state=0).importances_mean
    assert importances.argmax() == 0
    averages = partial_dependence(model, table[0], ["x"], response_method="predict_proba")["average"]
    assert averages.shape[0] == 3
    assert averages[0, -1] > averages[0, 0]
