"""Long work has threads of its own, and a queue that ends; what is asked about the service does not
wait for it."""

import asyncio
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import httpx2 as httpx
import pytest

from api.errors import Overloaded
from api.serving.scheduling.work_pool import WorkPool, WorkPools
from tests.support import images
from tests.support.waiting import wait_until
from tests.web.held_server import Running


class TestPlaces:
    def test_there_are_so_many_and_they_come_back(self) -> None:
        pool = WorkPool("uploads", threads=1, places=2)

        with (
            pool.place(),
            pool.place(),
            pytest.raises(Overloaded, match="2 uploads at work") as refused,
            pool.place(),
        ):
            raise AssertionError("there was a third place")
        with pool.place():
            taken = pool.taken

        assert (taken, pool.taken) == (1, 0)
        assert refused.value.retry_after_s >= 1

    def test_one_comes_back_whatever_becomes_of_the_work(self) -> None:
        pool = WorkPool("uploads", threads=1, places=1)

        with pytest.raises(KeyError), pool.place():
            raise KeyError

        assert pool.taken == 0


class TestThreads:
    def test_no_more_work_runs_than_there_are_threads(self) -> None:
        pool = WorkPool("uploads", threads=2, places=10)
        running: list[int] = []
        most: list[int] = []
        lock = threading.Lock()

        def work() -> None:
            with lock:
                running.append(1)
                most.append(len(running))
            threading.Event().wait(0.01)
            with lock:
                running.pop()

        async def all_of_it() -> None:
            await asyncio.gather(*(pool.run(work) for _ in range(10)))

        asyncio.run(all_of_it())

        assert max(most) == 2

    def test_pieces_come_one_by_one(self) -> None:
        pool = WorkPool("exports", threads=1, places=1)

        async def pieces() -> list[int]:
            return [piece async for piece in pool.iterate(iter([1, 2, 3]))]

        assert asyncio.run(pieces()) == [1, 2, 3]


class HeldCollection:
    """A collection that stores when it is let go; everything else is the real one's."""

    def __init__(self, collection: Any) -> None:
        self.collection, self.go = collection, threading.Event()

    def neighbours(self) -> Any:
        assert self.go.wait(60)
        return self.collection.neighbours()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.collection, name)


@pytest.fixture
def held(running: Running) -> Iterator[HeldCollection]:
    collection = HeldCollection(running.app.state.services.storage.collection)
    services = running.app.state.services
    running.app.state.services = replace(
        services,
        storage=replace(services.storage, collection=collection),
        serving=replace(services.serving, pools=WorkPools()),
    )
    yield collection
    collection.go.set()


class TestOthersMeanwhile:
    def test_uploads_that_do_not_end_keep_nobody_else(
        self, running: Running, held: HeldCollection
    ) -> None:
        uploads = running.app.state.services.serving.pools.uploads
        # More than all threads that the framework has for everything.
        more = 60

        def upload(number: int) -> httpx.Response:
            files = {"files": (f"{number}.png", images.png(seed=number))}
            url = running.url + "/upload-data"
            label = {"label": "Normal"}
            # See `Running.predict`.
            return httpx.post(url, data=label, files=files, timeout=60, verify=False)

        with ThreadPoolExecutor(more) as pool:
            sent = [pool.submit(upload, number) for number in range(more)]
            wait_until(
                lambda: sum(each.done() for each in sent) == more - uploads.places,
                "all that had no place were refused",
            )
            for path in ("/health/live", "/health/ready", "/status", "/models", "/models/v1"):
                assert httpx.get(running.url + path, timeout=30).is_success, path
            assert httpx.get(running.url + "/phantoms/Normal.png", timeout=30).is_success
            held.go.set()
            answers = [each.result() for each in sent]

        others = [each.text for each in answers if each.status_code not in (200, 429)]
        assert others == []
        refused = next(each for each in answers if each.status_code == 429)
        assert sum(each.is_success for each in answers) == uploads.places
        assert int(refused.headers["Retry-After"]) >= 1
        assert "uploads" in refused.json()["detail"]
        assert uploads.taken == 0

    def test_one_is_refused_before_its_body_is_read(
        self, running: Running, held: HeldCollection
    ) -> None:
        head = (
            b"POST /upload-data HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9000000\r\n"
            b"Content-Type: multipart/form-data; boundary=x\r\nExpect: 100-continue\r\n\r\n"
        )
        pools = running.app.state.services.serving.pools
        with pools.uploads.place():
            pools.uploads.places = 1
            with running.raw(head) as connection:
                assert connection.recv(65536).startswith(b"HTTP/1.1 429")
