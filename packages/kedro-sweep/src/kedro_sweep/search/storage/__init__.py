"""Where studies are kept, and what happens to the trials of processes that were lost."""

from kedro_sweep.search.storage._database import StudyDatabase, open_database
from kedro_sweep.search.storage._journal import find_journal, hold_study, open_journal
from kedro_sweep.search.storage._lost_trials import (
    convict,
    find_storage,
    list_running,
    requeue,
    suspect,
    take_snapshot,
)
from kedro_sweep.search.storage._studies import StudySummary, remove_studies, summarize_studies
