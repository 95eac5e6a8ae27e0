"""The catalog's `neptune_run`."""

from typing import Any

import kedro_neptune
import neptune

from kedro_sweep.tracking.neptune.run_log import NeptuneRunLog


class NeptuneRunDataset(kedro_neptune.NeptuneRunDataset):  # type: ignore[misc]  # not typed
    """Gives nodes the run of this session; kedro-neptune's own opens another after each node.

    Example of `catalog.yml`::

        neptune_run:
          type: kedro_sweep.tracking.neptune.run_dataset.NeptuneRunDataset
    """

    _log: NeptuneRunLog | None = None

    def open(self, run: neptune.Run, base_namespace: str) -> None:
        """Take the run.

        Args:
            run: The run.
            base_namespace: The namespace of the run that everything is logged under.
        """
        self._run = run
        self._log = NeptuneRunLog(run, base_namespace)

    # Kedro makes `load` of the `_load` that is inherited, whatever `load` is here.
    def _load(self) -> NeptuneRunLog | None:
        # None when Neptune is not enabled, and in another process, which the run cannot follow.
        return self._log

    def __getstate__(self) -> dict[str, Any]:
        """Leave the run behind: another process cannot follow it."""
        return {**super().__getstate__(), "_log": None}

    def _release(self) -> None:
        pass
