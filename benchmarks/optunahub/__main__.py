"""Write the proposed package of OptunaHub: `python -m benchmarks.optunahub FOLDER`."""

import shutil
import sys
from pathlib import Path

from benchmarks.wines import ROOT

HERE = Path(__file__).parent
SAMPLING = ROOT / "packages/kedro-sweep/src/kedro_sweep/search/sampling"
INIT = 'from ._tpe import TPESampler\n\n\n__all__ = ["TPESampler"]\n'


def write_package(folder: Path) -> None:
    """Copy the sampler of the library, which then imports nothing else of it, and what describes it."""
    folder.mkdir(parents=True)
    for name in ("_tpe.py", "_density.py"):
        code = (SAMPLING / name).read_text()
        (folder / name).write_text(code.replace("from kedro_sweep.search.sampling.", "from ."))
    (folder / "__init__.py").write_text(INIT)
    for path in (HERE / "README.md", HERE / "example.py", ROOT / "LICENSE"):
        shutil.copy(path, folder)


if __name__ == "__main__":
    write_package(Path(sys.argv[1]))
