"""A tracker follows a run if the environment has its configuration, and is not imported otherwise."""

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from kedro.config import OmegaConfigLoader
from kedro.framework.hooks import hook_impl
from kedro.framework.hooks.manager import _create_hook_manager

from kedro_sweep.errors import InputError, find_install_command
from kedro_sweep.tracking import TrackerHooks
from kedro_sweep.tracking.tracker_hooks import TRACKERS


class FakeHooks:
    """Hooks of a tracker that remembers the environment."""

    environment = ""

    @hook_impl
    def after_context_created(self, context: Any) -> None:
        """Remember the environment."""
        self.environment = context.env


@pytest.fixture
def context(tmp_path: Path) -> Any:
    """The context of a run in the environment `tracked`, which has no configuration so far."""
    (tmp_path / "base").mkdir()
    (tmp_path / "tracked").mkdir()
    patterns = {name: [f"{name}*"] for name in TRACKERS}
    loader = OmegaConfigLoader(
        str(tmp_path), "tracked", base_env="base", default_run_env="local", config_patterns=patterns
    )
    return SimpleNamespace(
        env="tracked", config_loader=loader, _hook_manager=_create_hook_manager(), folder=tmp_path
    )


def test_without_a_configuration_no_tracker_is_registered(context: Any) -> None:
    TrackerHooks().after_context_created(context)
    assert context._hook_manager.get_plugins() == set()


@pytest.mark.parametrize("name", ["mlflow", "neptune"])
def test_the_configured_tracker_is_registered_and_told_of_the_context(
    name: str, context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (context.folder / f"tracked/{name}.yml").write_text("enabled: true\n")
    monkeypatch.setitem(TRACKERS, name, f"{__name__}.FakeHooks")
    TrackerHooks().after_context_created(context)
    [hooks] = context._hook_manager.get_plugins()
    assert hooks.environment == "tracked"


def test_a_session_that_makes_its_context_twice_registers_the_tracker_once(
    context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (context.folder / "tracked/mlflow.yml").write_text("enabled: true\n")
    monkeypatch.setitem(TRACKERS, "mlflow", f"{__name__}.FakeHooks")
    TrackerHooks().after_context_created(context)
    registered = context._hook_manager.get_plugins()
    TrackerHooks().after_context_created(context)
    assert context._hook_manager.get_plugins() == registered
    assert len(registered) == 1


@pytest.mark.parametrize(("name", "package"), [("mlflow", "kedro_mlflow"), ("neptune", "neptune")])
def test_a_tracker_that_is_not_installed_stops_the_run_with_the_remedy(
    name: str, package: str, context: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (context.folder / f"tracked/{name}.yml").write_text("enabled: true\n")
    for module in list(sys.modules):
        if module.startswith((f"kedro_sweep.tracking.{name}", package)):
            monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(InputError, match=f"'tracked' tracks .* not installed .*{package}") as caught:
        TrackerHooks().after_context_created(context)
    assert f"run `{find_install_command(name)}`" in str(caught.value)
