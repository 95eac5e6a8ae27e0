"""How a new study starts: why it is new, which trials it takes over, and the untuned model."""

import json
import logging
from collections.abc import Collection, Sequence
from typing import Any

import optuna
from optuna.storages import BaseStorage
from optuna.study import StudySummary
from optuna.trial import FrozenTrial, TrialState, create_trial

from kedro_sweep.search.settings import SearchSpace
from kedro_sweep.search.study._configuration import StudyConfiguration, find_untuned
from kedro_sweep.search.study._trials import identify, measure_seconds
from kedro_sweep.search.study.attributes import ARTIFACTS, DESCRIPTION, INTRODUCED, SAVED
from kedro_sweep.text import names

logger = logging.getLogger(__name__)

MISSING = "none"
SHOWN = 5
NAMED = 3
# The values of trials do not depend on the search space.
SEARCH_SPACE = "search_space"


def introduce_study(
    study: optuna.Study, configuration: StudyConfiguration, storage: BaseStorage, *, explain: bool = True
) -> None:
    """Log why a study is new, and copy trials from studies that differ only in the search space.

    The first new trial scores the untuned model, if its arguments are in the search space and no other
    study has scored them. Then come the model's own first trials. If this is interrupted, the next run
    continues it.
    """
    is_new, own = INTRODUCED not in study.user_attrs, configuration.description
    if is_new and (others := list_others(configuration, storage)):
        if explain:
            logger.info(
                "Study %s is new. Since study %s: %s.",
                study.study_name,
                *_compare_with_nearest(own, others),
            )
        _take_over(study, configuration, storage, find_donors(own, others, {SEARCH_SPACE}))
    # An old study may have got more first trials, or room for them.
    for params in filter(None, (find_untuned(configuration), *configuration.model.first_trials)):
        if len(study.get_trials(deepcopy=False)) < configuration.sweep.n_trials:
            study.enqueue_trial(params, skip_if_exists=True)
    if is_new:
        study.set_user_attr(INTRODUCED, True)


def describe_nearest(
    configuration: StudyConfiguration, storage: BaseStorage, command: str = "kedro run --env cluster"
) -> str:
    """Say how a study that does not exist differs from the most similar one, and what to do."""
    others = list_others(configuration, storage)
    if not others:
        return f"The storage has no study yet: start `{command}` first."
    name, differences = _compare_with_nearest(configuration.description, others)
    return (
        f"The most similar study is {name}. What differs: {differences}. Use the same data, parameters, "
        f"code and versions as the run that started it, or start `{command}` with these."
    )


def list_others(configuration: StudyConfiguration, storage: BaseStorage) -> list[StudySummary]:
    own = configuration.find_name(storage)
    return [
        other
        for other in optuna.get_all_study_summaries(storage, include_best_trial=False)
        if other.study_name != own and DESCRIPTION in other.user_attrs
    ]


def find_donors(
    own: dict[str, Any], others: Sequence[StudySummary], ignored: Collection[str]
) -> list[StudySummary]:
    """Find the studies whose descriptions differ at most in some parts."""
    neutral = dict.fromkeys(ignored)
    wanted = _write(own | neutral)
    return [other for other in others if _write(other.user_attrs[DESCRIPTION] | neutral) == wanted]


def _write(value: Any) -> str:
    """Write a value as the fingerprint reads it: in Python, 1 == 1.0 == True."""
    return json.dumps(value, sort_keys=True)


def _compare_with_nearest(own: dict[str, Any], others: Sequence[StudySummary]) -> tuple[str, str]:
    differences = {
        other.study_name: list_differences(other.user_attrs[DESCRIPTION], own) for other in others
    }
    # If several are equally similar, compare with the newest.
    nearest = min(reversed(differences), key=lambda name: len(differences[name]))
    shown = differences[nearest][:SHOWN]
    if len(differences[nearest]) > SHOWN:
        shown.append(f"and {len(differences[nearest]) - SHOWN} more")
    return nearest, "; ".join(shown)


def _take_over(
    study: optuna.Study,
    configuration: StudyConfiguration,
    storage: BaseStorage,
    donors: Sequence[StudySummary],
) -> None:
    """Copy the complete trials that this search space could have produced."""
    space = configuration.search_space
    different: dict[str, FrozenTrial] = {}
    for donor in donors:
        for trial in storage.get_all_trials(donor._study_id, states=(TrialState.COMPLETE,)):
            different.setdefault(identify(trial.params), trial)
    fitting = {key: trial for key, trial in different.items() if fits(trial, space)}
    present = {identify(trial.params) for trial in study.get_trials(deepcopy=False)}
    for trial in (trial for key, trial in fitting.items() if key not in present):
        copy = copy_trial(trial, space, trial.value, trial.user_attrs)
        copy.system_attrs = copy.system_attrs | {SAVED: measure_seconds(trial)}
        copy.intermediate_values = trial.intermediate_values  # with which a pruner compares
        study.add_trial(copy)
    if fitting:
        total = configuration.sweep.n_trials
        logger.info(
            "Study %s takes over the trials that fit its search space: %d of %d (repeated parameters "
            "count once).%s",
            study.study_name,
            len(fitting),
            len(different),
            f" Raise sweep.n_trials above {total} to add trials." if len(fitting) >= total else "",
        )


def copy_trial(
    trial: FrozenTrial, search_space: SearchSpace, value: float | None, user_attrs: dict[str, Any]
) -> FrozenTrial:
    """Copy a complete trial into a search space that it fits; both trials share the files."""
    distributions = search_space.distributions(trial.params)
    attrs = trial.system_attrs.items()
    return create_trial(
        value=value,
        params={name: trial.params[name] for name in distributions},
        distributions=distributions,
        user_attrs=user_attrs,
        system_attrs={key: file for key, file in attrs if key.startswith(ARTIFACTS)},
    )


def fits(trial: FrozenTrial, search_space: SearchSpace) -> bool:
    """Whether a search space could have produced a trial."""
    distributions = search_space.distributions(trial.params)
    kinds = {name: type(distribution) for name, distribution in trial.distributions.items()}
    if kinds != {name: type(distribution) for name, distribution in distributions.items()}:
        return False
    # Optuna would compare with ==, for which 1.0 (all features) is 1 (one feature).
    return all(search_space.root[name].holds(value) for name, value in trial.params.items())


def list_differences(before: dict[str, Any], now: dict[str, Any]) -> list[str]:
    old, new = _flatten(before), _flatten(now)
    return [
        _describe_change(label, old.get(name, MISSING), new.get(name, MISSING))
        for name in {**new, **old}
        if _write(old.get(name)) != _write(new.get(name))
        for label in [name.removeprefix("versions.").replace("sources.", "source of ")]
    ]


def _describe_change(label: str, before: Any, now: Any) -> str:
    both_are_lists = isinstance(before, list) and isinstance(now, list)
    if not both_are_lists or max(len(before), len(now)) <= NAMED:
        return f"{label} {before} → {now}"
    changes = (("added", now, before), ("removed", before, now))
    parts = [
        f"{len(values)} {what} ({names(values, NAMED)})"
        for what, these, others in changes
        if (values := [value for value in these if value not in others])
    ]
    return f"{label}: {', '.join(parts) or 'in another order'}"


def _flatten(values: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in values.items():
        nested = isinstance(value, dict)
        flat |= _flatten(value, f"{prefix}{name}.") if nested else {f"{prefix}{name}": value}
    return flat
