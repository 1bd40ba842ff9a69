"""What a test process does once for all of its tests, though a server does it at each start.

Tests start hundreds of servers and open more than a thousand databases in one process. None of
this changes what they do, only how often the same thing is computed or flushed.
"""

import functools
import os
import pickle
import sqlite3
import threading
import tomllib
import weakref
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi._compat import v2
from fastapi.routing import APIRoute, _EffectiveRouteContext, _RouterIncludeContext
from pydantic import TypeAdapter
from sqlalchemy import URL, Connection, Engine, create_engine
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

from api.inputs.images.synthetic import synthetic_image
from api.kinds import image
from api.model_card.card import Card
from api.records import database
from api.records.migrations import revisions, upgrade
from api.serving.engine import Engine as ServingEngine
from api.worker import background
from api.worker.background import BackgroundWorker

# What a server does at its start and then seldom; most tests are over before.
LATER = {"alerts": 0.5, "upkeep": 0.5}
# What a server looks for all the time, and no test waits for in its hundreds of starts.
SELDOM = {"shadow": 0.25}
# What is waited for where it is tested.
WATCH_S = 0.25
TRANSACTION = ("BEGIN TRANSACTION;", "COMMIT;")


@contextmanager
def shared_work() -> Iterator[None]:
    """Everything below, until the end of the session."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(v2, "TypeAdapter", _shared_validators())
        patch.setattr(_EffectiveRouteContext, "from_api_route", _shared_routes())
        patch.setattr(image, "synthetic_image", _drawn_once(synthetic_image))
        patch.setattr(ServingEngine, "_check_golden", _checked_once(ServingEngine._check_golden))
        patch.setattr(upgrade, "create_newest", _written_from_a_script(revisions.create_newest))
        patch.setattr(database, "_prepare_sqlite", _unflushed(database._prepare_sqlite))
        patch.setattr(database, "create_engine", _compiling_once(create_engine))
        # What a statement is compiled to is found by its dialect; each engine has one of its own.
        patch.setattr(SQLiteDialect_pysqlite, "__eq__", lambda one, other: type(one) is type(other))
        patch.setattr(SQLiteDialect_pysqlite, "__hash__", lambda one: hash(type(one)))
        # No test cuts the power; what does is a process that is killed, and that needs no flush.
        patch.setattr(os, "fsync", lambda _: None)
        patch.setattr(tomllib, "loads", _read_once(tomllib.loads))
        patch.setattr(background, "WATCH_S", WATCH_S)
        patch.setattr(BackgroundWorker, "_thread", _unhurried(BackgroundWorker._thread))
        yield


def _shared_validators() -> Callable[..., TypeAdapter[Any]]:
    """FastAPI builds the validators of routes anew for each application, which takes as long as all
    the rest of a start; one is built for each type with its bounds."""
    built: dict[Any, TypeAdapter[Any]] = {}

    def adapter(annotated: Any, *, config: Any = None) -> TypeAdapter[Any]:
        # The text names functions by their address; each stays alive in what was built with it.
        key = (annotated.__origin__, repr(annotated.__metadata__), repr(config))
        if key not in built:
            built[key] = TypeAdapter(annotated, config=config)
        return built[key]

    return adapter


class _Overrides:
    """What stands in for dependencies in any application that shares its routes with others."""

    def __init__(self) -> None:
        self.applications: weakref.WeakSet[FastAPI] = weakref.WeakSet()

    @property
    def dependency_overrides(self) -> dict[Callable[..., Any], Callable[..., Any]]:
        return {
            of: instead
            for application in self.applications
            for of, instead in application.dependency_overrides.items()
        }


def _shared_routes() -> Callable[..., _EffectiveRouteContext]:
    """FastAPI reads the signatures of all functions of its routers anew for each application, as
    soon as it is asked something; those that are included alike share what was read."""
    build = _EffectiveRouteContext.from_api_route
    built: defaultdict[int, list[tuple[APIRoute, _RouterIncludeContext, _EffectiveRouteContext]]]
    built, overrides = defaultdict(list), _Overrides()

    def from_api_route(
        *, original_route: APIRoute, include_context: _RouterIncludeContext
    ) -> _EffectiveRouteContext:
        if isinstance(include_context.dependency_overrides_provider, FastAPI):
            overrides.applications.add(include_context.dependency_overrides_provider)
        include = replace(include_context, dependency_overrides_provider=overrides)
        # By identity: a route is equal to another one of the same path. What is kept here stays
        # alive, so that no other object gets its number.
        alike = built[id(original_route)]
        for _, included, context in alike:
            if included == include:
                return context
        context = build(original_route=original_route, include_context=include)
        alike.append((original_route, include, context))
        return context

    return from_api_route


def _drawn_once(draw: Callable[..., Any]) -> Callable[..., Any]:
    """Each loading of a model draws the same golden films."""

    @functools.lru_cache(maxsize=64)
    def drawn(*arguments: Any, **options: Any) -> Any:
        pixels = draw(*arguments, **options)
        pixels.flags.writeable = False
        return pixels

    return drawn


def _checked_once(check: Callable[[ServingEngine], None]) -> Callable[[ServingEngine], None]:
    """A server proves its model at each start; here the same bytes are asked the same once."""
    proven: list[tuple[bytes, object]] = []

    def check_golden(engine: ServingEngine) -> None:
        card = engine.card
        asked = (engine._golden, engine._tolerance, card.temperature, card.preprocessing)
        if card.input_kind != Card.input_kind:
            # Of a table the card says what its columns mean, and the check is quick.
            check(engine)
            return
        if not any(content == engine._content and asked == before for content, before in proven):
            check(engine)
            proven.append((engine._content, asked))

    return check_golden


def _written_from_a_script(create: Callable[[Connection], None]) -> Callable[[Connection], None]:
    """SQLAlchemy compiles the tables of each new database anew; here they are compiled once, and
    their SQL is run again."""
    statements: list[str] = []

    def create_newest(connection: Connection) -> None:
        if connection.dialect.name != "sqlite":
            create(connection)
            return
        if not statements:
            statements.extend(_script(create))
        # Past SQLAlchemy, which takes longer for a statement than SQLite does.
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        for statement in statements:
            driver.execute(statement)

    return create_newest


def _script(create: Callable[[Connection], None]) -> list[str]:
    engine = create_engine("sqlite://")
    with engine.connect() as connection:
        create(connection)
        connection.commit()
        source = connection.connection.driver_connection
        assert isinstance(source, sqlite3.Connection)
        dump = [statement for statement in source.iterdump() if statement not in TRANSACTION]
    engine.dispose()
    return dump


def _compiling_once(create: Callable[..., Engine]) -> Callable[..., Engine]:
    """Each engine would compile the statements of all queries anew."""
    compiled: LRUCache[Any, Any] = LRUCache(2000)

    def created(url: URL, **options: Any) -> Engine:
        engine = create(url, **options)
        if isinstance(engine.dialect, SQLiteDialect_pysqlite):
            engine._compiled_cache = compiled
        return engine

    return created


def _unflushed(prepare: Callable[..., None]) -> Callable[..., None]:
    """Commits of a killed process are in the file; only after a power cut they would not be."""

    @functools.wraps(prepare)
    def prepared(connection: Any, record: Any) -> None:
        prepare(connection, record)
        connection.execute("PRAGMA synchronous=OFF")

    return prepared


def _read_once(loads: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Each start reads the same task files and alert rules five times; a copy takes a tenth."""

    @functools.lru_cache(maxsize=64)
    def parsed(text: str, /, **options: Any) -> bytes:
        return pickle.dumps(loads(text, **options))

    def read(text: str, /, **options: Any) -> dict[str, Any]:
        content: dict[str, Any] = pickle.loads(parsed(text, **options))
        return content

    return read


def _unhurried(thread: Callable[..., threading.Thread]) -> Callable[..., threading.Thread]:
    """An application that is there for a third of a second would evaluate all alert rules, tidy its
    empty records and test streams of no answers; one that is waited for does so soon."""

    def unhurried(
        worker: BackgroundWorker, name: str, work: Callable[[], None], every_s: float
    ) -> threading.Thread:
        begun = threading.Event()

        def later() -> None:
            if not begun.is_set():
                begun.set()
                if worker._closing.wait(LATER[name]):
                    return
            work()

        every_s = max(every_s, SELDOM.get(name, 0.0))
        return thread(worker, name, later if name in LATER else work, every_s)

    return unhurried
