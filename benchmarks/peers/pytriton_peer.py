"""The network behind PyTriton, with one instance a core; the film's bytes as a binary tensor.

Instances are threads of this process, which the Triton server asks over a socket.
"""

import json
import os

import numpy as np
from image_reader import ImageReader
from pytriton.model_config import ModelConfig, Tensor
from pytriton.proxy.types import Request
from pytriton.triton import Triton, TritonConfig


class Images:
    """What one instance calls; without batching there is one request at a time."""

    def __init__(self) -> None:
        self._reader = ImageReader()

    def __call__(self, requests: list[Request]) -> list[dict[str, np.ndarray]]:
        return [self._answer(request) for request in requests]

    def _answer(self, request: Request) -> dict[str, np.ndarray]:
        answer = self._reader.answer(request["file"][0])
        return {"answer": np.array([json.dumps(answer).encode()], dtype=np.bytes_)}


if __name__ == "__main__":
    config = TritonConfig(
        http_address="127.0.0.1",
        http_port=int(os.environ["PEER_PORT"]),
        allow_grpc=False,
        allow_metrics=False,
    )
    with Triton(config=config) as triton:
        triton.bind(
            model_name="films",
            infer_func=[Images() for _ in range(int(os.environ["PEER_WORKERS"]))],
            inputs=[Tensor(name="file", dtype=np.bytes_, shape=(1,))],
            outputs=[Tensor(name="answer", dtype=np.bytes_, shape=(1,))],
            config=ModelConfig(batching=False),
        )
        triton.serve()
