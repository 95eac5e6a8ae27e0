"""Hatch's build hook that puts the tree into the wheel, for `kedro new` to make projects from."""

import shutil
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import (  # type: ignore[import-not-found]
    BuildHookInterface,
)

PACKAGE = Path(__file__).parent
STARTER = PACKAGE.parent
ROOT = STARTER.parent

sys.path.insert(0, str(STARTER))

from kedro_sweep_starter.project import is_only_here, list_files  # noqa: E402


class StarterBuildHook(BuildHookInterface):  # type: ignore[misc]
    """Adds the tree to the starter's package."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Choose the files, unless the installation is editable and finds them where they are.

        Args:
            version: What kind of wheel is built.
            build_data: Hatch takes the files from here.
        """
        if version == "editable":
            return
        # A file has one place in a wheel, and those of the packages have theirs: copies get another.
        self.tree = TemporaryDirectory()
        for name in list_files(ROOT):
            if not is_only_here(name) or name.startswith(f"{STARTER.name}/"):
                copy = Path(self.tree.name, name)
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / name, copy)
        build_data["force_include"][self.tree.name] = f"{PACKAGE.name}/tree"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the copies.

        Args:
            version: What kind of wheel was built.
            build_data: Not used; Hatch passes it.
            artifact_path: Not used; Hatch passes it.
        """
        if version != "editable":
            self.tree.cleanup()
