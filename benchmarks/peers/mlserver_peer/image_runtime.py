"""The network behind MLServer's V2 protocol: the film's bytes in base64 in a JSON request."""

import json

from image_reader import ImageReader
from mlserver import MLModel
from mlserver.codecs import Base64Codec, StringCodec
from mlserver.types import InferenceRequest, InferenceResponse


class ImageRuntime(MLModel):
    """One reader in each of the parallel workers."""

    async def load(self) -> bool:
        self._reader = ImageReader()
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        (content,) = Base64Codec.decode_input(payload.inputs[0])
        answer = json.dumps(self._reader.answer(content))
        return InferenceResponse(
            model_name=self.name, outputs=[StringCodec.encode_output("answer", [answer])]
        )
