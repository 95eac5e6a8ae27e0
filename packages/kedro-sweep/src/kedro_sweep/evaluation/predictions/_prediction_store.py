"""The store of out-of-fold predictions: one small file per configuration."""

import hashlib
import io
import json
import zipfile
from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from math import isfinite, nan
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import optuna
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial

from kedro_sweep.evaluation.predictions import _out_of_fold
from kedro_sweep.evaluation.predictions._out_of_fold import DOUBLE, SINGLE, Array, Predictions, Truth
from kedro_sweep.search.study import attributes, find_sign, identify, list_complete
from kedro_sweep.search.trial import FoldPrediction

# Imported on first use, because it imports a cloud client if one is installed.
if TYPE_CHECKING:
    from optuna.artifacts._protocol import ArtifactStore

OF_A_TRIAL = "predictions"
MARK = "-"  # between the name and a part that makes it unique
HEADERS = 1024  # of a file, in bytes


@dataclass
class PredictionStore:
    """Keeps the out-of-fold predictions of studies with equal folds as Optuna artifacts of their trials.

    A file holds class numbers and probabilities in single precision, or numbers in double precision. It
    belongs to the trial that was scored, and holds all numbers of boosting rounds that the trial looked
    at. Trials with equal parameters share it, including trials of other studies that took this one over.

    Attributes:
        artifacts: The store of the files, such as an `optuna.artifacts.FileSystemArtifactStore`.
        truth: The values to compare the predictions with.
        seconds: What the search left of its time limit, to choose and train the model in; None for no
            limit.
    """

    artifacts: "ArtifactStore"
    truth: Truth
    seconds: float | None = None
    _removed: set[str] = field(default_factory=set, init=False, repr=False)

    def keep(self, trial: optuna.Trial, predictions: Sequence[FoldPrediction]) -> None:
        """Keep the predictions of a running trial, fold by fold; fits `on_scored` of `run_search`."""
        numbers = zip(*(fold.others for fold in predictions), strict=False)  # a fold may lack them
        others = [_out_of_fold.align(found, self.truth) for found in numbers]
        self._write(trial, OF_A_TRIAL, _out_of_fold.align(predictions, self.truth), others)

    def load(self, study: optuna.Study) -> dict[int, Predictions]:
        """Load the predictions of each configuration that has them, by its first trial."""
        chosen = (each for each in list_configurations(study) if each.position is None)
        found = ((each.number, self.read(each)) for each in chosen)
        return {number: predictions for number, predictions in found if predictions is not None}

    def read(self, configuration: "Configuration") -> Predictions | None:
        """Load the predictions of one configuration, in the precision of its file."""
        read = partial(self._read, position=configuration.position)
        return next(filter(None, map(read, configuration.files)), None)

    def keep_for_study(self, study: optuna.Study, name: str, predictions: Predictions) -> None:
        """Keep the predictions of a model that is not a trial, instead of earlier ones of its name."""
        earlier = _list_files_of(study)
        self._write(study, name, predictions)
        remove_files(self.artifacts, [file for file, other in earlier.items() if other == name])

    def load_for_study(self, study: optuna.Study) -> dict[str, Predictions]:
        """Load the predictions of a study's other models, such as baselines, by name."""
        found = ((name, self._read(file)) for file, name in _list_files_of(study).items())
        return {name: predictions for name, predictions in found if predictions is not None}

    def count_nbytes(self, n_configurations: int = 1) -> int:
        """Compute the maximum size of one trial's file, in bytes."""
        nbytes = self.truth.y.itemsize
        if self.truth.classes is not None:
            n_classes = len(self.truth.classes)
            nbytes = np.min_scalar_type(n_classes).itemsize + n_classes * SINGLE.itemsize
        return len(self.truth.y) * nbytes * n_configurations + HEADERS

    def trim(self, study: optuna.Study, max_bytes: int) -> int:
        """Remove files of trials beyond a limit for the study; return how many.

        One half of the limit is for the best trials, which an ensemble is chosen from, and the other
        half for a random sample of all trials, because the best ones alone owe their rank to luck.
        """
        complete = list_complete(study)
        most = 1 + max((len(_list_looked_at(trial)) for trial in complete), default=0)
        n_kept = max_bytes // self.count_nbytes(most)
        if len(complete) <= n_kept:
            return 0
        sign = find_sign(study.direction)
        with_files = [
            found for found in list_configurations(study) if found.files and found.position is None
        ]
        # In a tie, the earlier one comes first.
        n_best = min(n_kept, max(1, n_kept // 2))
        best = sorted(with_files, key=lambda found: -sign * found.value)[:n_best]
        numbers = {found.number for found in best}
        others = [found for found in sorted(with_files, key=draw_lot) if found.number not in numbers]
        removed = others[max(0, n_kept - len(best)) :]
        files = {file for found in removed for file in found.files} - self._removed
        self._removed |= files
        if files:  # files that another study took over must stay
            files &= find_unshared_files(study._storage, [study.study_name])
        return remove_files(self.artifacts, files)

    def _write(
        self,
        owner: optuna.Trial | optuna.Study,
        name: str,
        predictions: Predictions,
        others: Sequence[Predictions] = (),
    ) -> None:
        from optuna.artifacts import upload_artifact  # noqa: PLC0415

        arrays = self._to_arrays(predictions)
        for position, other in enumerate(others):
            arrays |= {f"{key}{position}": array for key, array in self._to_arrays(other).items()}
        # Optuna can only upload files, and records their names. On Windows, none may be open.
        with TemporaryDirectory() as folder:
            file = f"{folder}/{name}{MARK}.npz"
            np.savez(file, allow_pickle=False, **arrays)
            upload_artifact(artifact_store=self.artifacts, file_path=file, study_or_trial=owner)

    def _to_arrays(self, predictions: Predictions) -> dict[str, Array]:
        arrays = {"labels": predictions.labels}
        if isfinite(predictions.seconds):
            arrays["seconds"] = np.array(predictions.seconds)
        if self.truth.classes is not None:
            arrays["labels"] = arrays["labels"].astype(np.min_scalar_type(len(self.truth.classes)))
        if predictions.probabilities is not None:
            arrays["probabilities"] = predictions.probabilities.astype(SINGLE)
            if predictions.precision == SINGLE:
                arrays["precision"] = np.empty(0, SINGLE)
        return arrays

    def _read(self, file: str, position: int | None = None) -> Predictions | None:
        """Read a file. A trial names it before it is written, so part of it may be missing."""
        from optuna.artifacts.exceptions import ArtifactNotFound  # noqa: PLC0415

        try:
            with self.artifacts.open_reader(file) as reader:
                content = io.BytesIO(reader.read())
            suffix = "" if position is None else position
            with np.load(content, allow_pickle=False) as arrays:
                precision = SINGLE if f"precision{suffix}" in arrays else DOUBLE
                labels, probabilities = arrays[f"labels{suffix}"], arrays.get(f"probabilities{suffix}")
                seconds = float(arrays.get(f"seconds{suffix}", nan))
                return Predictions(labels, probabilities, precision, seconds)
        except (ArtifactNotFound, zipfile.BadZipFile, EOFError, KeyError, ValueError):
            return None


def find_unshared_files(storage: BaseStorage, names: Collection[str]) -> set[str]:
    """Find the files of some studies that no other study refers to."""
    files: dict[bool, set[str]] = {True: set(), False: set()}
    for study in storage.get_all_studies():
        trials = storage.get_all_trials(study._study_id, deepcopy=False)
        for found in (study.system_attrs, *(trial.system_attrs for trial in trials)):
            files[study.study_name in names].update(list_files(found))
    return files[True] - files[False]


def remove_files(artifacts: "ArtifactStore", files: Iterable[str]) -> int:
    """Remove files that may be missing."""
    from optuna.artifacts.exceptions import ArtifactNotFound  # noqa: PLC0415

    n_removed = 0
    for file in files:
        with suppress(ArtifactNotFound):
            artifacts.remove(file)
            n_removed += 1
    return n_removed


class Configuration(NamedTuple):
    """Parameters with a score."""

    number: int  # of the first complete trial that has them or looked at them
    value: float
    files: list[str]  # where its predictions may be
    params: dict[str, Any]
    # Among those that a trial only looked at, with other numbers of boosting rounds; None for its own.
    position: int | None = None


def draw_lot(configuration: "Configuration") -> str:
    """Give a configuration its place in a random order that does not depend on its value."""
    return hashlib.sha256(str(configuration.number).encode()).hexdigest()


def list_configurations(study: optuna.Study) -> list[Configuration]:
    """List the different sets of parameters that the complete trials have or looked at."""
    found: dict[str, Configuration] = {}
    trials = list_complete(study)
    for trial in trials:
        new = Configuration(trial.number, trial.value or 0.0, [], trial.params)
        configuration = found.setdefault(identify(trial.params), new)
        configuration.files.extend(_list_files_of_trial(trial))
    for trial in trials:
        if looked_at := _list_looked_at(trial):
            files = _list_files_of_trial(trial)
        for position, (rounds, value) in enumerate(looked_at):
            # A trial of another study may have looked beyond the range of this one.
            if not all(trial.distributions[name]._contains(number) for name, number in rounds.items()):
                continue
            params = trial.params | rounds
            new = Configuration(trial.number, value, files, params, position)
            found.setdefault(identify(params), new)
    return list(found.values())


def _list_looked_at(trial: FrozenTrial) -> list[tuple[dict[str, int], float]]:
    """List the other numbers of boosting rounds of a trial, each with its value."""
    looked_at = trial.user_attrs.get(attributes.ROUNDS) or {"params": [], "values": []}
    return list(zip(looked_at["params"], looked_at["values"], strict=True))


def _list_files_of_trial(trial: FrozenTrial) -> list[str]:
    return [file for file, name in list_files(trial.system_attrs).items() if name == OF_A_TRIAL]


def _list_files_of(study: optuna.Study) -> dict[str, str]:
    return list_files(study._storage.get_study_system_attrs(study._study_id))


def list_files(system_attrs: dict[str, Any]) -> dict[str, str]:
    """List the files in Optuna's record of a study or trial, with the name given to each."""
    return {
        key.removeprefix(attributes.ARTIFACTS): json.loads(value)["filename"].rpartition(MARK)[0]
        for key, value in system_attrs.items()
        if key.startswith(attributes.ARTIFACTS)
    }
