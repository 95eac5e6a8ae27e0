"""YAML files are read by the parser in C."""

import pytest
import yaml


@pytest.fixture(autouse=True)
def _fast_yaml(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read the same values in a tenth of the time: each command reads its files several times."""
    monkeypatch.setattr(yaml, "SafeLoader", yaml.CSafeLoader)
