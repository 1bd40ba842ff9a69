"""Results that go to several destinations are built once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from api.worker.built_once import MAX_KEPT, BuiltOnce


class Builder:
    def __init__(self) -> None:
        self.built: list[str] = []
        self.may_end = threading.Event()

    def build(self, key: str) -> str:
        self.built.append(key)
        assert self.may_end.wait(30)
        return f"results of {key}"


class TestBuilding:
    def test_destinations_that_are_sent_to_at_once_share_one(self) -> None:
        results, builder = BuiltOnce[str](), Builder()

        with ThreadPoolExecutor(3) as pool:
            asked = [pool.submit(results.of, "p1", lambda: builder.build("p1")) for _ in range(3)]
            builder.may_end.set()

            assert {each.result(30) for each in asked} == {"results of p1"}
        assert builder.built == ["p1"]

    def test_only_the_newest_are_kept_until_the_memory_is_given_back(self) -> None:
        results, builder = BuiltOnce[str](), Builder()
        builder.may_end.set()
        keys = [f"p{number}" for number in range(MAX_KEPT + 1)]

        for key in [*keys, keys[-1], keys[0]]:
            results.of(key, lambda key=key: builder.build(key))  # type: ignore[misc]
        results.clear()
        results.of(keys[0], lambda: builder.build(keys[0]))

        assert builder.built == [*keys, keys[0], keys[0]]

    def test_what_failed_is_built_anew(self) -> None:
        results = BuiltOnce[str]()

        with pytest.raises(ZeroDivisionError):
            results.of("p1", lambda: str(1 // 0))

        assert results.of("p1", lambda: "built") == "built"
