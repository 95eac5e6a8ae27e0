"""One study: what its values depend on, its name, and the trials it takes over."""

from kedro_sweep.search.study._configuration import (
    StudyConfiguration,
    configure_candidates,
    find_untuned,
    get_searched,
    make_estimator,
    set_searched,
    set_seeds,
)
from kedro_sweep.search.study._folds import Fold, copy_rows
from kedro_sweep.search.study._lineage import (
    copy_trial,
    describe_nearest,
    find_donors,
    fits,
    introduce_study,
    list_differences,
    list_others,
)
from kedro_sweep.search.study._provenance import find_versions, hash_sources, list_modules
from kedro_sweep.search.study._trials import (
    estimate_refits,
    find_sign,
    identify,
    list_complete,
    list_finished,
    rank,
)
