"""What the texts of a language share in the encoder's space only because of the language."""

import base64
import json
from functools import cache
from importlib.resources import files

import numpy as np

from classifiers.features import Floats


@cache
def language_mean(language: str) -> Floats:
    """The mean vector (512,) of a language over the starter texts; fixed, so that what is
    remembered of a problem stays comparable."""
    stored = json.loads((files("classifiers") / "data" / "language_means.json").read_text("utf-8"))
    return np.frombuffer(base64.b64decode(stored["means"][language]), "<f2").astype(np.float32)
