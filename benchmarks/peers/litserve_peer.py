"""The network behind LitServe, with one worker process a core."""

import os

import litserve
from fastapi import Request
from image_reader import ImageReader


class ImageAPI(litserve.LitAPI):
    """Workers read, decode and predict; the server process receives."""

    def setup(self, device: str) -> None:
        self._reader = ImageReader()

    def decode_request(self, request: Request) -> bytes:
        return request["file"].file.read()  # LitServe has parsed the form already

    def predict(self, content: bytes) -> dict[str, object]:
        return self._reader.answer(content)

    def encode_response(self, answer: dict[str, object]) -> dict[str, object]:
        return answer


if __name__ == "__main__":
    server = litserve.LitServer(
        ImageAPI(api_path="/predict"),
        accelerator="cpu",
        workers_per_device=int(os.environ["PEER_WORKERS"]),
        fast_queue=True,  # what LitServe recommends above 100 requests a second
    )
    server.run(
        host="127.0.0.1",
        port=int(os.environ["PEER_PORT"]),
        log_level="error",
        generate_client_file=False,
    )
