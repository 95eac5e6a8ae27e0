"""One value in a YAML file changes, and no other character."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from kedro_sweep.errors import InputError
from kedro_sweep.onboarding._yaml_text import remove_key, set_value

CONF = Path(__file__).parents[4] / "conf/base"


@pytest.mark.parametrize(
    ("before", "path", "value", "after"),
    [
        ("a: 1 # why\nb: 2\n", "a", 3, "a: 3 # why\nb: 2\n"),
        ("a: 'x'\r\nb: 2\r\n", "a", "y", "a: y\r\nb: 2\r\n"),
        ("a: # why\nb: 2\n", "a", 3, "a: 3 # why\nb: 2\n"),
        ("a: # why\n  # above\n  - x # x\n  - y\n\n# b\nb: 2\n", "a", None,
         "a: null # why\n  # above\n\n# b\nb: 2\n"),
        ("a:\n- x\n- y", "a", ["z, z"], "a: ['z, z']\n"),
        ("a:\n- x\n- y", "a", ["z"], "a: [z]\n"),
        ("a: [x,\n  y] # why\nb: 2\n", "a", [], "a: [] # why\nb: 2\n"),
        ("a: |\n  text\n\n# b\nb: 2\n", "a", 1, "a: 1\n\n# b\nb: 2\n"),
        ("a:\n  # c\n  c: 1 # why\n  d: 2\n\nb: 2\n", "a.c", "x",
         "a:\n  # c\n  c: x # why\n  d: 2\n\nb: 2\n"),
        ("a: # why\n  # above\n  C: {low: 1}\n\n# b\nb: 2\n", "a", {"n": {"low": 2}, "no": {}, "k": [1]},
         "a: # why\n  # above\n  n: { low: 2 }\n  'no': {}\n  k: [1]\n\n# b\nb: 2\n"),
        ("a:\n  c: 1 # why\n\n# b\nb: 2\n", "a.d", ";", 'a:\n  c: 1 # why\n  d: ";"\n\n# b\nb: 2\n'),
        ("a: {c: 1} # why\n", "a.d", 2, "a: {c: 1, d: 2} # why\n"),
        ("a: 1", "b", 2, "a: 1\nb: 2\n"),
        ("a: 1\n", "b.c", 2, "a: 1\nb: {c: 2}\n"),
        ("# nothing yet\n", "b", "no", "# nothing yet\nb: 'no'\n"),
        ("x: &x\n  p: 1\na:\n  <<: *x\n\nb: 2\n", "a.p", 2,
         "x: &x\n  p: 1\na:\n  <<: *x\n  p: 2\n\nb: 2\n"),
    ],
)  # fmt: skip
def test_only_the_value_changes(before: str, path: str, value: Any, after: str) -> None:
    assert set_value(before, tuple(path.split(".")), value) == after


@pytest.mark.parametrize(
    ("before", "path", "after"),
    [
        ("a:\n  c: 1\n  d: # why\n    e: 1\n\n# b\nb: 2\n", "a.d", "a:\n  c: 1\n\n# b\nb: 2\n"),
        ("a:\n  # above\n  c: 1 # why\n  d: 2\n", "a.d", "a:\n  # above\n  c: 1 # why\n"),
        ("a: {c: 1, d: 2} # why\n", "a.d", "a: {c: 1} # why\n"),
        ("x: &x {p: 1}\na:\n  <<: *x\n  q: 2\nb: 2\n", "a.p", "x: &x {p: 1}\na:\n  q: 2\nb: 2\n"),
    ],
)
def test_only_the_key_is_removed(before: str, path: str, after: str) -> None:
    assert remove_key(before, tuple(path.split("."))) == after


@pytest.mark.parametrize(
    "text", ["a: &x [1]\nb: *x\n", "b: &x [1]\na: *x\n"], ids=["an anchor", "an alias"]
)
def test_a_value_that_others_share_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="a cannot be changed on its own: write it without anchors"):
        set_value(text, ("a",), [2])


def list_paths(entry: Any, *path: str) -> list[tuple[str, ...]]:
    """List the paths of all values that are no mappings themselves."""
    if not isinstance(entry, dict) or not entry:
        return [path]
    return [found for name, part in entry.items() for found in list_paths(part, *path, name)]


@pytest.mark.parametrize("name", ["catalog", "parameters", "parameters_data_science"])
def test_every_value_of_the_project_can_be_changed_alone(name: str) -> None:
    text = (CONF / f"{name}.yml").read_text()
    entries = [*yaml.safe_load(text).items()]
    for key, entry in entries[:: 6 if name == "catalog" else 1]:  # most entries are alike
        if key.startswith("_"):  # shared by others
            continue
        last = [(key, [*entry][-1])]
        for path in last if name == "catalog" else list_paths(entry, key):
            changed = set_value(text, path, "changed")
            lines, new = text.splitlines(), changed.splitlines()
            assert [line for line in new if line not in lines] == [
                line for line in new if "changed" in line
            ], path
            assert changed.count("#") == text.count("#"), path
