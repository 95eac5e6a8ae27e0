"""Where the out-of-fold predictions of studies are kept: one small file per configuration."""

import io
import json
import logging
import zipfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from tempfile import NamedTemporaryFile
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import optuna
from optuna.storages import BaseStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState

from kedro_sweep.evaluation.out_of_fold import Predictions, Truth, align, describe_truth
from kedro_sweep.search.adding import add_trials
from kedro_sweep.search.configuration import StudyConfiguration
from kedro_sweep.search.contest import run_contest
from kedro_sweep.search.predictions import ARTIFACTS, FoldPrediction
from kedro_sweep.search.run import Callback

# It is imported when it is used: it imports the client of a cloud, where that is installed.
if TYPE_CHECKING:
    from optuna.artifacts._protocol import ArtifactStore

logger = logging.getLogger(__name__)

OF_A_TRIAL = "predictions"
MARK = "-"  # between the name and what makes it unique
HEADERS = 1024  # of a file, in bytes


@dataclass
class PredictionStore:
    """Keeps the out-of-fold predictions of studies on equal folds as Optuna artifacts of their trials.

    A file holds class numbers and the probabilities in single precision, or numbers in double
    precision. It belongs to the trial that was scored; trials with equal parameters share it, and so do
    the trials of other studies that took this one over.

    Attributes:
        artifacts: The files, such as an `optuna.artifacts.FileSystemArtifactStore`.
        truth: What the predictions are compared with.
    """

    artifacts: "ArtifactStore"
    truth: Truth
    _removed: set[str] = field(default_factory=set, init=False, repr=False)

    def keep(self, trial: optuna.Trial, predictions: Sequence[FoldPrediction]) -> None:
        """Keep what a trial predicts, as the `on_scored` of `run_search`.

        Args:
            trial: A trial under way.
            predictions: Its predictions, fold by fold.

        Raises:
            OSError: If the disk is full, for example.
            ValueError: If the predictions do not suit the truth.
        """
        self._write(trial, OF_A_TRIAL, align(predictions, self.truth))

    def load(self, study: optuna.Study) -> dict[int, Predictions]:
        """Load what the complete trials of a study predict.

        Args:
            study: The study.

        Returns:
            The predictions of each different configuration, by the number of the first trial that has
            its parameters. A configuration without a whole file is left out.
        """
        loaded = {}
        for configuration in _list_configurations(study):
            found = (self._read(file) for file in configuration.files)
            if (predictions := next(filter(None, found), None)) is not None:
                loaded[configuration.number] = predictions
        return loaded

    def keep_for_study(self, study: optuna.Study, name: str, predictions: Predictions) -> None:
        """Keep the predictions of something that is no trial, such as a baseline.

        Args:
            study: The study whose trials are compared with it.
            name: Its name. What the study has of this name is replaced.
            predictions: What it predicts, in the order of the truth.

        Raises:
            OSError: If the disk is full, for example.
        """
        earlier = _list_files_of(study)
        self._write(study, name, predictions)
        remove_files(self.artifacts, [file for file, other in earlier.items() if other == name])

    def load_for_study(self, study: optuna.Study) -> dict[str, Predictions]:
        """Load what was kept for a study beside its trials.

        Args:
            study: The study.

        Returns:
            The predictions by name; those without a whole file are left out.
        """
        found = ((name, self._read(file)) for file, name in _list_files_of(study).items())
        return {name: predictions for name, predictions in found if predictions is not None}

    def count_nbytes(self) -> int:
        """Count the bytes that the file of one configuration takes at most."""
        nbytes = self.truth.y.itemsize
        if self.truth.classes is not None:
            n_classes = len(self.truth.classes)
            nbytes = np.min_scalar_type(n_classes).itemsize + n_classes * np.dtype(np.float32).itemsize
        return len(self.truth.y) * nbytes + HEADERS

    def trim(self, study: optuna.Study, max_bytes: int) -> int:
        """Remove the files of the worst trials, so that those of a study stay within a budget.

        Args:
            study: The study.
            max_bytes: The budget.

        Returns:
            How many files were removed.
        """
        n_kept = max_bytes // self.count_nbytes()
        if len(study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))) <= n_kept:
            return 0
        sign = -1 if study.direction == StudyDirection.MAXIMIZE else 1
        with_files = [found for found in _list_configurations(study) if found.files]
        # Of two equals, the earlier one comes first.
        ranked = sorted(with_files, key=lambda found: sign * found.value)
        files = {file for found in ranked[n_kept:] for file in found.files} - self._removed
        self._removed |= files
        if files:  # what another study took over is not this one's to remove
            files &= find_unshared_files(study._storage, [study.study_name])
        return remove_files(self.artifacts, files)

    def _write(self, owner: optuna.Trial | optuna.Study, name: str, predictions: Predictions) -> None:
        from optuna.artifacts import upload_artifact  # noqa: PLC0415

        arrays = {"labels": predictions.labels}
        if self.truth.classes is not None:
            arrays["labels"] = arrays["labels"].astype(np.min_scalar_type(len(self.truth.classes)))
        if predictions.probabilities is not None:
            arrays["probabilities"] = predictions.probabilities.astype(np.float32)
        # Optuna uploads files alone, and notes how they are called.
        with NamedTemporaryFile(prefix=f"{name}{MARK}", suffix=".npz") as file:
            np.savez(file, allow_pickle=False, **arrays)
            file.flush()
            upload_artifact(artifact_store=self.artifacts, file_path=file.name, study_or_trial=owner)

    def _read(self, file: str) -> Predictions | None:
        """Read a file. A trial names it before it is written, so that a part of it may be missing."""
        from optuna.artifacts.exceptions import ArtifactNotFound  # noqa: PLC0415

        try:
            with self.artifacts.open_reader(file) as reader:
                content = io.BytesIO(reader.read())
            with np.load(content, allow_pickle=False) as arrays:
                labels, probabilities = arrays["labels"], arrays.get("probabilities")
        except (ArtifactNotFound, zipfile.BadZipFile, EOFError, KeyError, ValueError):
            return None
        return Predictions(
            labels.astype(np.float64 if self.truth.classes is None else np.intp),
            None if probabilities is None else probabilities.astype(np.float64),
        )


def search_and_keep(
    configurations: Mapping[str, StudyConfiguration],
    storage: BaseStorage,
    artifacts: "ArtifactStore",
    callbacks: Sequence[Callback] = (),
    *,
    adds: bool = False,
) -> tuple[dict[str, optuna.Study], PredictionStore]:
    """Bring studies to their number of trials, and keep their predictions within the budget.

    Args:
        configurations: The search of each candidate, on the same folds; `sweep.predictions` says whether
            and how many out-of-fold predictions are kept.
        storage: Where studies are kept.
        artifacts: Where predictions are kept.
        callbacks: Called with the study and each trial of this run when it is finished.
        adds: Whether only to add trials to studies that another run has started, as `add_trials`.

    Returns:
        The studies, as from `run_contest` or `add_trials`, and their predictions.

    Raises:
        InputError: As these two.
        AllTrialsFailedError: As these two.
        KeyboardInterrupt: If the user interrupts it; finished trials and their predictions are kept.
    """
    search = add_trials if adds else run_contest
    any_of_them = next(iter(configurations.values()))
    settings = any_of_them.sweep.predictions
    store = PredictionStore(artifacts, describe_truth(any_of_them))
    if not settings.keep:
        return search(configurations, storage, callbacks), store
    n_removed = 0
    failures: list[Exception] = []

    def trim(study: optuna.Study, trial: FrozenTrial | None = None) -> None:
        nonlocal n_removed
        try:
            n_removed += 0 if failures else store.trim(study, settings.max_bytes)
        except Exception as error:  # such as a bucket that allows no removal: the search goes on
            failures.append(error)

    try:
        studies = search(configurations, storage, [*callbacks, trim], store.keep)
        for study in studies.values():
            trim(study)  # the budget may be smaller than it was, and no trial missing
    finally:
        if n_removed:
            logger.info(
                "Removed the predictions of %d of the worst trials: those of a study may take "
                "sweep.predictions.max_mb, %g MB, about %d configurations. What is estimated from "
                "predictions leaves these trials out. Raise it to keep more.",
                n_removed,
                settings.max_mb,
                settings.max_bytes // store.count_nbytes(),
            )
        if failures:
            logger.warning(
                "The predictions of the worst trials cannot be removed: %s: %s. Those of a study may "
                "take more than sweep.predictions.max_mb, %g MB.",
                type(failures[0]).__name__,
                failures[0],
                settings.max_mb,
                extra={"markup": False},
            )
    return studies, store


def count_configurations(study: optuna.Study) -> int:
    """Count the different parameters of the complete trials.

    Args:
        study: The study.

    Returns:
        Their number.
    """
    return len(_list_configurations(study))


def find_unshared_files(storage: BaseStorage, names: Collection[str]) -> set[str]:
    """Find the files of some studies that no other study refers to.

    Args:
        storage: Where the studies are kept.
        names: Names of the studies.

    Returns:
        What the artifact store calls the files.
    """
    files: dict[bool, set[str]] = {True: set(), False: set()}
    for study in storage.get_all_studies():
        trials = storage.get_all_trials(study._study_id, deepcopy=False)
        for attributes in (study.system_attrs, *(trial.system_attrs for trial in trials)):
            files[study.study_name in names].update(_list_files(attributes))
    return files[True] - files[False]


def remove_files(artifacts: "ArtifactStore", files: Iterable[str]) -> int:
    """Remove files that may be missing.

    Args:
        artifacts: Where predictions are kept.
        files: What it calls the files.

    Returns:
        How many were there.
    """
    from optuna.artifacts.exceptions import ArtifactNotFound  # noqa: PLC0415

    n_removed = 0
    for file in files:
        try:
            artifacts.remove(file)
        except ArtifactNotFound:
            continue
        n_removed += 1
    return n_removed


class _Configuration(NamedTuple):
    """Complete trials with equal parameters: the number of the first, their value, and their files."""

    number: int
    value: float
    files: list[str]


def _list_configurations(study: optuna.Study) -> list[_Configuration]:
    found: dict[str, _Configuration] = {}
    for trial in study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,)):
        key = repr(sorted(trial.params.items()))
        configuration = found.setdefault(key, _Configuration(trial.number, trial.value or 0.0, []))
        files = _list_files(trial.system_attrs)
        configuration.files.extend(file for file, name in files.items() if name == OF_A_TRIAL)
    return list(found.values())


def _list_files_of(study: optuna.Study) -> dict[str, str]:
    return _list_files(study._storage.get_study_system_attrs(study._study_id))


def _list_files(system_attrs: dict[str, Any]) -> dict[str, str]:
    """List files, with the name that each was given, in what Optuna notes about a study or trial."""
    return {
        key.removeprefix(ARTIFACTS): json.loads(value)["filename"].rpartition(MARK)[0]
        for key, value in system_attrs.items()
        if key.startswith(ARTIFACTS)
    }
