"""The first of the damaged requests of `benchmarks.reliability.fuzz_http`, in this process."""

import pytest
from starlette.testclient import TestClient

from benchmarks.reliability.fuzz import seeds_of
from benchmarks.reliability.fuzz_http import DOORS, MANY_PARTS, damaged
from tests.web.response_checks import problem
from tests.web.routes.test_dicomweb import RELATED, STUDIES


@pytest.mark.parametrize("door", DOORS)
def test_a_damaged_request_is_no_error_of_the_server(shared_client: TestClient, door: str) -> None:
    seeds, statuses = seeds_of("dicom"), dict[int, int]()

    for number in range(40):
        sent = damaged(door, seeds, seed=18, number=number)
        headers = [(name.encode(), value.encode("latin-1")) for name, value in sent.headers.items()]
        answer = shared_client.post(sent.path, content=sent.body, headers=headers)
        statuses[number] = answer.status_code

    assert {number: status for number, status in statuses.items() if status >= 500} == {}
    assert len(set(statuses.values())) > 1


@pytest.mark.parametrize("count", [0, MANY_PARTS])
def test_no_parts_and_too_many_are_refused_whole(shared_client: TestClient, count: int) -> None:
    part = b"--x\r\nContent-Type: application/dicom\r\n\r\n\0\r\n"

    sent = shared_client.post(
        STUDIES, content=part * count + b"--x--\r\n", headers={"Content-Type": RELATED}
    )

    problem(sent, 413 if count else 422, "instances")
