"""Hatch's build hook that puts the tree into the wheel, for `kedro new` to make projects from."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import (  # type: ignore[import-not-found]
    BuildHookInterface,
)

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from kedro_sweep_starter.project import list_files  # noqa: E402


class StarterBuildHook(BuildHookInterface):  # type: ignore[misc]
    """Adds the starter's package, with the tree inside."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Choose the files, unless the installation is editable and finds them where they are.

        Args:
            version: What kind of wheel is built.
            build_data: Hatch takes the files from here.
        """
        if version == "editable":
            return
        package = HERE.name
        root = HERE.parents[1]
        files: dict[str, str] = build_data["force_include"]
        files.update({str(root / name): f"{package}/tree/{name}" for name in list_files(root)})
        files.update(
            {str(HERE / name): f"{package}/{name}" for name in ("__init__.py", "alias.py", "jinja.py")}
        )
