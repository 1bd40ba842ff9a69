"""What a packed request of the Open Inference Protocol may cost."""

import gzip

from starlette.testclient import TestClient

from tests.web.response_checks import problem

PATH = "/v2/models/pneumonia/infer"
PACKED = {"Content-Encoding": "gzip"}


class TestPackedBodies:
    def test_room_is_taken_for_all_that_it_may_unpack_to_and_given_back(
        self, client: TestClient
    ) -> None:
        budget = client.app.state.services.serving.memory_budget  # type: ignore[attr-defined]
        body = gzip.compress(b"{}")
        # Room for the body as it comes, and not for what it may become.
        budget.held = taken = budget._max_bytes - 1_000_000
        try:
            problem(client.post(PATH, content=body, headers=PACKED), 429, "Too many films")
            problem(client.post(PATH, content=b"{}"), 422, "'inputs' must be a list")
            assert budget.held == taken
        finally:
            budget.held = 0

        problem(client.post(PATH, content=body, headers=PACKED), 422, "'inputs' must be a list")
        assert budget.held == 0

    def test_what_unpacks_to_too_much_is_refused(self, client: TestClient) -> None:
        bomb = gzip.compress(bytes(90_000_000))

        problem(client.post(PATH, content=bomb, headers=PACKED), 413, "Unpacked")
