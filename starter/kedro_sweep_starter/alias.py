"""`kedro new --starter=sweep` where the wheel is installed."""

from pathlib import Path

from kedro.framework.cli.starters import KedroStarterSpec

HERE = Path(__file__).parent
# The wheel brings the tree along; in a checkout this file is part of it.
TREE = HERE / "tree" if (HERE / "tree").is_dir() else HERE.parents[1]

# A path, not a URL: Kedro asks for the tag of its own version with every alias, and a path has none.
STARTERS = [KedroStarterSpec(alias="sweep", template_path=str(TREE), directory="starter")]
