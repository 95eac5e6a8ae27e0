"""The catalog's `neptune_run`."""

from typing import Any

import kedro_neptune
import neptune

from kedro_sweep.tracking.neptune.run_log import NeptuneRunLog


class NeptuneRunDataset(kedro_neptune.NeptuneRunDataset):  # type: ignore[misc]  # not typed
    """Gives nodes the run of this session; kedro-neptune's own dataset opens another after each node.

    Example `catalog.yml` entry::

        neptune_run:
          type: kedro_sweep.tracking.neptune.run_dataset.NeptuneRunDataset
    """

    _log: NeptuneRunLog | None = None

    def open(self, run: neptune.Run, base_namespace: str) -> None:
        """Set the run.

        Args:
            run: The run.
            base_namespace: The namespace of the run in which everything is logged.
        """
        self._run = run
        self._log = NeptuneRunLog(run, base_namespace)

    # Kedro builds `load` from the inherited `_load`, and ignores a `load` defined here.
    def _load(self) -> NeptuneRunLog | None:
        # None if Neptune is not enabled, or in another process, where the run is not available.
        return self._log

    def __getstate__(self) -> dict[str, Any]:
        """Leave out the run, which is not available in another process."""
        return {**super().__getstate__(), "_log": None}

    def _release(self) -> None:
        pass
