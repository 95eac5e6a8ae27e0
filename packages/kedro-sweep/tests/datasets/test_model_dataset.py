"""A model is opened only if its card says that the installed scikit-learn wrote it."""

import json
import os
import pickle
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sklearn
from kedro.io import DataCatalog, DatasetError, Version

from kedro_sweep.datasets.model_dataset import ModelDataset
from kedro_sweep.errors import InputError

VERSION = "2026-01-01T00.00.00.000Z"
NEWER = "2026-01-02T00.00.00.000Z"
OTHER = "0.24.1"


@dataclass
class Trap:
    """Makes a folder when it is unpickled."""

    folder: Path

    def __reduce__(self) -> tuple[Any, ...]:
        """Return what pickle calls to create it again."""
        return os.mkdir, (str(self.folder / "opened"),)


def was_opened(folder: Path) -> bool:
    return (folder / "opened").exists()


def train(folder: Path, version: str, sklearn_version: str | None = sklearn.__version__) -> None:
    """Write a model, and its card unless the run was stopped before."""
    contents = {"model.pkl": pickle.dumps(Trap(folder))}
    if sklearn_version:
        card = {"versions": {"scikit-learn": sklearn_version}}
        contents["model_card.json"] = json.dumps(card).encode()
    for name, content in contents.items():
        file = folder / name / version / name
        file.parent.mkdir(parents=True)
        file.write_bytes(content)


def open_model(folder: Path, load: str | None = None, save: str | None = None, **options: Any) -> Any:
    dataset = ModelDataset(filepath=str(folder / "model.pkl"), version=Version(load, save), **options)
    return dataset.load()


def refuse(folder: Path, load: str | None = None) -> str:
    """Return the message for a model that is refused, and check that it was not opened."""
    with pytest.raises(DatasetError) as caught:
        open_model(folder, load)
    assert isinstance(caught.value.__cause__, InputError)
    assert not was_opened(folder)
    return str(caught.value.__cause__)


@pytest.mark.parametrize("patch", ["", ".99", ".dev0", "rc1"])
def test_a_model_of_this_version_is_opened(patch: str, tmp_path: Path) -> None:
    major, minor, *_ = sklearn.__version__.split(".")
    train(tmp_path, VERSION, f"{major}.{minor}{patch}")
    open_model(tmp_path)
    assert was_opened(tmp_path)


def test_a_model_of_another_version_is_not_opened(tmp_path: Path) -> None:
    train(tmp_path, VERSION, OTHER)
    message = refuse(tmp_path)
    assert f"trained with scikit-learn {OTHER}, and {sklearn.__version__} is installed" in message
    assert f"install scikit-learn=={OTHER}, train again, or set `allow_other_versions: true`" in message


def test_a_model_of_another_version_is_opened_if_the_entry_allows_it(tmp_path: Path) -> None:
    train(tmp_path, VERSION, OTHER)
    open_model(tmp_path, allow_other_versions=True)
    assert was_opened(tmp_path)


def test_each_version_has_its_own_card(tmp_path: Path) -> None:
    train(tmp_path, VERSION)
    train(tmp_path, NEWER, OTHER)
    assert NEWER in refuse(tmp_path)
    open_model(tmp_path, VERSION)
    assert was_opened(tmp_path)


def test_a_model_without_a_card_is_not_opened(tmp_path: Path) -> None:
    train(tmp_path, VERSION, None)
    assert f"The model of version {VERSION} has no card" in refuse(tmp_path)


def test_the_run_that_trains_a_model_opens_it_before_the_card_is_written(tmp_path: Path) -> None:
    train(tmp_path, VERSION, None)
    open_model(tmp_path, save=VERSION)
    assert was_opened(tmp_path)


@pytest.mark.parametrize("card", [None, "", "{"], ids=["none", "empty", "half"])
def test_the_newest_complete_version_is_chosen_and_says_which_was_skipped(
    card: str | None, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    train(tmp_path, VERSION)
    train(tmp_path, NEWER, None if card is None else "1.0")
    if card is not None:
        (tmp_path / f"model_card.json/{NEWER}/model_card.json").write_text(card)
    dataset = ModelDataset(filepath=str(tmp_path / "model.pkl"), version=Version(None, None))
    assert dataset.choose_version(lambda version: True) == VERSION
    assert NEWER in caplog.text
    dataset.load()
    assert was_opened(tmp_path)


def test_a_version_that_is_asked_for_is_never_replaced(tmp_path: Path) -> None:
    train(tmp_path, VERSION)
    train(tmp_path, NEWER, None)
    dataset = ModelDataset(filepath=str(tmp_path / "model.pkl"), version=Version(NEWER, None))
    assert dataset.choose_version(lambda version: True) == NEWER
    # Other outputs of that run may belong to it.
    assert f"The model of version {NEWER} has no card" in refuse(tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        *("", "{", "[]", "null", "{}", '{"versions": {}}', '{"versions": null}'),
        *('{"versions": {"scikit-learn": null}}', '{"versions": {"scikit-learn": "new"}}'),
    ],
)
def test_a_damaged_card_is_named_and_keeps_the_model_closed(content: str, tmp_path: Path) -> None:
    train(tmp_path, VERSION)
    card = tmp_path / f"model_card.json/{VERSION}/model_card.json"
    card.write_text(content)
    message = refuse(tmp_path)
    assert message.startswith(f"{card} is damaged")
    assert message.endswith("train again with `kedro run`, or choose another version.")


def test_no_model_is_an_error_that_says_how_to_make_one(tmp_path: Path) -> None:
    assert "There is no model in" in (message := refuse(tmp_path))
    assert "train one with `kedro run`" in message


@pytest.mark.parametrize("unknown", ["2020", "../model_card.json"])
def test_an_unknown_version_is_an_error_that_lists_the_newest(unknown: str, tmp_path: Path) -> None:
    for day in range(1, 8):
        train(tmp_path, f"2026-01-0{day}")
    newest = "2026-01-07, 2026-01-06, 2026-01-05, 2026-01-04, 2026-01-03."
    assert refuse(tmp_path, unknown).endswith(f"The newest of 7 versions: {newest}")


def test_a_model_must_be_versioned(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="needs `versioned: true`"):
        ModelDataset(filepath=str(tmp_path / "model.pkl"))


def test_an_entry_of_the_catalog_saves_and_loads_what_it_is_given(tmp_path: Path) -> None:
    entry = {
        "type": "kedro_sweep.datasets.model_dataset.ModelDataset",
        "filepath": str(tmp_path / "model.pkl"),
        "versioned": True,
    }
    catalog = DataCatalog.from_config({"model": entry})
    catalog.save("model", {"any": "model"})
    assert catalog.load("model") == {"any": "model"}
    assert catalog.to_config()[0]["model"]["versioned"] is True
