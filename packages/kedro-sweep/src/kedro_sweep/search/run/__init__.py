"""Run trials until there are enough: alone, in processes, on several machines, or in a contest."""

from kedro_sweep.search.run._contest import Callback
from kedro_sweep.search.run._outcome import tabulate_trials
from kedro_sweep.search.run._run import add_trials, run_contest, run_search
