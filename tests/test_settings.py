"""The settings let an environment and the command line change single parameters."""

from pathlib import Path
from typing import Any

from kedro.config import OmegaConfigLoader

from wine_sweep.settings import CONFIG_LOADER_ARGS

from tests.conftest import read_yaml


def test_a_parameter_of_the_command_line_leaves_the_rest_as_it_is_in_a_contest(root: Path) -> None:
    given = {"sweep": {"n_trials": 300}}
    arguments: dict[str, Any] = CONFIG_LOADER_ARGS | {"env": "contest", "runtime_params": given}
    loader = OmegaConfigLoader(str(root / "conf"), **arguments)
    parameters = loader["parameters"]
    base = read_yaml(root / "conf/base/parameters_data_science.yml")
    contest = read_yaml(root / "conf/contest/parameters_data_science.yml")
    assert parameters["sweep"] == base["sweep"] | contest["sweep"] | given["sweep"]
