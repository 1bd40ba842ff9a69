"""When Ray Serve replaces a replica; Ray itself is not needed."""

import asyncio
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.errors import AppError, ModelNotReady, StorageFailed, StorageUnavailable, StoreBusy
from api.records.servers.write_health import WriteHealth
from api.services import Services
from api.serving.shutdown import Shutdown
from deploy.ray.replica import LOOK_S, Replica


@pytest.fixture
def services(shared_client: TestClient) -> Services:
    found: Services = shared_client.app.state.services  # type: ignore[attr-defined]
    return found


def replica_of(services: Services) -> Any:
    """One whose application is there already."""
    replica: Any = Replica()
    replica.app, replica.start_s = SimpleNamespace(state=SimpleNamespace(services=services)), 0.5
    return replica


def unable_to_write(services: Services, error: AppError) -> Services:
    health = WriteHealth(heartbeat=error)
    return replace(services, records=replace(services.records, write_health=health))


def stopping(services: Services) -> Services:
    """A server that is not ready, and will not be."""
    shutdown = Shutdown()
    shutdown.set()
    return replace(services, serving=replace(services.serving, shutdown=shutdown))


def test_one_that_answers_is_kept(services: Services) -> None:
    asyncio.run(replica_of(services).check_health())


@pytest.mark.parametrize("error", [StoreBusy, StorageFailed, StorageUnavailable])
def test_one_whose_records_or_store_are_away_is_kept(
    services: Services, error: type[AppError]
) -> None:
    """Another one could not reach them either."""
    asyncio.run(replica_of(unable_to_write(services, error("It is away."))).check_health())


def test_one_whose_model_no_longer_answers_is_replaced_at_once(services: Services) -> None:
    replica = replica_of(services)
    asyncio.run(replica.check_health())
    replica.app.state.services, replica.start_s = stopping(services), 60.0

    with pytest.raises(ModelNotReady):
        asyncio.run(asyncio.wait_for(replica.check_health(), 10))


def test_one_that_starts_is_waited_for(services: Services) -> None:
    replica = replica_of(stopping(services))
    replica.start_s = 60.0

    async def start_later() -> None:
        check = asyncio.ensure_future(replica.check_health())
        await asyncio.sleep(2 * LOOK_S)
        assert not check.done()
        replica.app.state.services = services
        await asyncio.wait_for(check, 30)

    asyncio.run(start_later())


def test_one_that_never_starts_is_replaced(services: Services) -> None:
    with pytest.raises(ModelNotReady):
        asyncio.run(replica_of(stopping(services)).check_health())
