"""What the user writes: the model, its search space, and the settings of the search."""

from kedro_sweep.search.settings._components import Pruner, Sampler, Splitter
from kedro_sweep.search.settings._given import GIVEN, GivenModel, find_model, find_scoring, find_splitter
from kedro_sweep.search.settings._model import Candidate, Model, Transformer, check_search_space, words
from kedro_sweep.search.settings._preprocessing import (
    add_preprocessing,
    add_safe_names,
    list_codes,
    rename_columns,
)
from kedro_sweep.search.settings._scorers import (
    SCORER_TYPE,
    Scorer,
    find_scorer,
    list_scorings,
    take_apart,
)
from kedro_sweep.search.settings._settings import ContestRule, Ensemble, Sweep, choose_candidates
from kedro_sweep.search.settings._space import (
    ROUNDS,
    BoostingRounds,
    Choices,
    Dimension,
    FloatRange,
    IntRange,
    SearchSpace,
    find_argument,
)
from kedro_sweep.search.settings._weights import can_weight, fit_weighted, keep_weighted, score_weighted
