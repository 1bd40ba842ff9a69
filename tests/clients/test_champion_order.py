"""The Python client is answered by no older champion than before."""

import asyncio

import httpx2
import pytest

from api.web.middleware import champion_order as server
from roentgen_client import Retries, Unavailable
from roentgen_client.champion_order import (
    ANSWERING,
    AT_LEAST,
    KEPT_S,
    SEQUENCE,
    ChampionOrder,
)
from tests.clients.network import busy, job, network, tasks

ONCE = Retries(tries=1)


def following(number: int, response: httpx2.Response) -> httpx2.Response:
    """An answer of a node that follows this move."""
    response.headers[SEQUENCE] = str(number)
    return response


def test_the_highest_number_of_its_task_goes_along_with_a_film() -> None:
    met = network(following(7, job()), following(5, job()), following(99, tasks()), busy())
    client = met.client(ONCE)
    client.job("j1")
    client.job("j1")
    client.tasks()

    with pytest.raises(Unavailable):
        client.predict(b"film")

    *looked, asked = met.requests
    assert asked.headers[AT_LEAST] == "7"
    assert not any(AT_LEAST in request.headers for request in looked)


def test_a_refusal_counts_and_the_one_for_asyncio_does_the_same() -> None:
    met = network(following(3, busy()), busy())

    async def ask() -> None:
        async with met.async_client(ONCE) as client:
            for _ in range(2):
                with pytest.raises(Unavailable):
                    await client.predict(b"film")

    asyncio.run(ask())

    first, second = met.requests
    assert AT_LEAST not in first.headers
    assert second.headers[AT_LEAST] == "3"


def test_numbers_that_begin_anew_are_followed_after_a_minute() -> None:
    """As where records were restored from a backup."""
    now = [1000.0]
    order = ChampionOrder(clock=lambda: now[0])
    for number in ("9", "4", "", "nine"):
        order.note({SEQUENCE: number})
    assert order.required() == {AT_LEAST: "9"}

    now[0] += KEPT_S
    assert order.required() == {}
    order.note({SEQUENCE: "4"})

    assert order.required() == {AT_LEAST: "4"}


def test_names_are_the_servers() -> None:
    assert (SEQUENCE, AT_LEAST) == (server.SEQUENCE, server.AT_LEAST)
    assert ANSWERING <= server.ANSWERING
