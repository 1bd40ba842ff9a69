"""The network behind BentoML, with one worker process a core (`bentoml serve`)."""

import os
from pathlib import Path

import bentoml
from image_reader import ImageReader


@bentoml.service(workers=int(os.environ["PEER_WORKERS"]))
class Images:
    """One reader a worker; BentoML hands an uploaded file over as a path."""

    def __init__(self) -> None:
        self._reader = ImageReader()

    @bentoml.api
    def predict(self, file: Path) -> dict[str, object]:
        """Classify one film."""
        return self._reader.answer(file.read_bytes())
