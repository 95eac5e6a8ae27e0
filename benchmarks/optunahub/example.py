"""The sampler draws what Optuna's own draws, in less time."""

import optuna
import optunahub


def objective(trial: optuna.Trial) -> float:
    """Compute something that has its minimum at x = 2 and n = 7."""
    x = trial.suggest_float("x", -10, 10)
    n = trial.suggest_int("n", 1, 20)
    return (x - 2) ** 2 + abs(n - 7)


sampler = optunahub.load_module(package="samplers/fast_tpe").TPESampler(seed=0)
study = optuna.create_study(sampler=sampler)
study.optimize(objective, n_trials=1_000)
print(study.best_params)
