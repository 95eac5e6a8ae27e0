"""A proposal to OptunaHub: Optuna's TPE, several times as fast, with the same draws."""
