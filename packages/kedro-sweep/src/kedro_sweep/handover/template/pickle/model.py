"""Load the model: a pickle, which runs code when it is opened, so only open one that you trust."""

import json
import pickle
import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent


def load_model() -> Any:
    """Load the fitted scikit-learn pipeline. It holds functions compiled for one version of Python."""
    card = json.loads((FOLDER / "card.json").read_text("utf-8"))
    needed, running = card["versions"]["python"].split(".")[:2], sys.version.split(".")[:2]
    if needed != running:
        sys.exit(f"model.pkl needs Python {'.'.join(needed)}, and this is {'.'.join(running)}.")
    with (FOLDER / "model.pkl").open("rb") as file:
        return pickle.load(file)
