"""Load the model, which skops only does for the types in trusted_types.json.

Review the list; it does not make an untrusted file safe.
"""

import json
from pathlib import Path
from typing import Any

import skops.io

from decisions import restore_decision

FOLDER = Path(__file__).parent


def load_model() -> Any:
    """Load the fitted scikit-learn pipeline, and let it decide as its card says."""
    trusted = json.loads((FOLDER / "trusted_types.json").read_text("utf-8"))
    card = json.loads((FOLDER / "card.json").read_text("utf-8"))
    model = skops.io.load(FOLDER / "model.skops", trusted=trusted)
    return restore_decision(model, card.get("decision", {}))
