"""The names of everything that the program stores in a study or in a trial."""

# Of a study
DESCRIPTION = "configuration"  # what its values depend on
INTRODUCED = "introduced"  # it has taken over the trials that fit, and the untuned model is queued
RESCORED = "rescored"  # it has taken over all trials of another score
TOTAL = "n_trials"  # how many trials it should have, for workers on other machines
BASELINES = "baselines"  # the scores of simple models on the same folds
SETTINGS = "settings"  # of a search without a project, which a project may continue

# Of a trial
ERROR = "error"  # why it failed
ROUNDS = "rounds"  # the other numbers of boosting rounds that it looked at, and their values
SCORES = "scores"  # the scores that are recorded but not optimized
FOLDS = "fold_scores"  # the scores of each fold, if a search without a project asks for them
WARNINGS = "warnings"  # how often each warning occurred
NOT_KEPT = "predictions_error"  # why its predictions could not be kept
SUSPECT = "suspect"  # its process was killed while it ran
SAVED = "kedro_sweep:saved"  # the seconds that reuse saved, if there is a time limit
OWNER = "kedro_sweep:owner"  # the process that runs it, if several machines may
ARTIFACTS = "artifacts:"  # where Optuna lists its files, each as `artifacts:<id>`
