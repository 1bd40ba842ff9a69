"""What tests of versions ask and send."""

from starlette.testclient import TestClient

from tests.support import images
from tests.web.response_checks import answer

BECAUSE = {"reason": "better here"}


def serving(client: TestClient) -> str:
    """The version that answers."""
    version: str = answer(client.post("/predict", files={"file": images.png()}))["model_version"]
    return version
