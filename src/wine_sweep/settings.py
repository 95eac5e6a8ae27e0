"""Settings of the Kedro project; see https://docs.kedro.org/en/stable/."""

import gc
import os
import warnings

from kedro_sweep.hooks import HOOKS as SWEEP_HOOKS
from kedro_sweep.tracking import SessionStore
from omegaconf.resolvers import oc

# Imports create many lasting objects. Collecting garbage among them would take a tenth of a short run.
gc.set_threshold(50_000)

# Send no usage data, as .telemetry says; a packaged project does not have that file.
os.environ.setdefault("KEDRO_DISABLE_TELEMETRY", "1")

# Kedro 1.7 calls a function that OmegaConf 2.4 deprecates; the project cannot change that.
warnings.filterwarnings("ignore", message="register_new_resolver", category=UserWarning)

# Kedro calls the last hook first, so add yours before these.
HOOKS = (*SWEEP_HOOKS,)

# When each run started, from which commit and by which command: data/09_tracking/session_store.db.
SESSION_STORE_CLASS = SessionStore
SESSION_STORE_ARGS = {"path": "data/09_tracking"}

# TrackerHooks tracks runs in the environments that ask for it. kedro-neptune would end every run on Kedro 1.
DISABLE_HOOKS_FOR_PLUGINS = ("kedro_mlflow", "kedro-neptune")

CONFIG_LOADER_ARGS = {
    "base_env": "base",
    "default_run_env": "local",
    "config_patterns": {"mlflow": ["mlflow*"], "neptune": ["neptune*"]},
    # An environment, like --params, changes single parameters of conf/base, even inside sweep.
    "merge_strategy": {"parameters": "soft"},
    # Lets every file in conf read an environment variable of the machine: ${oc.env:NAME}.
    "custom_resolvers": {"oc.env": oc.env},
}
