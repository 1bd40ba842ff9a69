"""What every peer does with a film: the product's decode and preprocessing, its compiled network.

Each peer process makes one reader and runs one film at a time on it. The environment says where the
compiled network and the card are (`PEER_NETWORK`, `PEER_CARD`); of the product only modules are
imported that need NumPy, Pillow and pydantic.
"""

import json
import os
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from api.inputs.images.decoding import Limits, decode
from api.inputs.images.preprocessing import PreprocessingSpec


class ImageReader:
    """One interpreter with one thread; not for several threads at once."""

    def __init__(self) -> None:
        card = json.loads(Path(os.environ["PEER_CARD"]).read_text())
        self._spec = PreprocessingSpec.model_validate(card["preprocessing"])
        self._classes: list[str] = card["classes"]
        self._temperature: float = card["temperature"]
        network = Interpreter(model_path=os.environ["PEER_NETWORK"], num_threads=1)
        self._run = network.get_signature_runner()

    def probabilities(self, content: bytes) -> dict[str, float]:
        """From the bytes of a file to P(class) of each class."""
        pixels = self._spec.apply(decode(content, Limits()))
        logits = self._run(image=pixels[np.newaxis])["logits"][0] / self._temperature
        odds = np.exp(logits - logits.max())
        return dict(zip(self._classes, map(float, odds / odds.sum()), strict=True))

    def answer(self, content: bytes) -> dict[str, object]:
        """What a peer sends back."""
        probabilities = self.probabilities(content)
        label = max(probabilities, key=probabilities.__getitem__)
        return {"label": label, "probabilities": probabilities}
