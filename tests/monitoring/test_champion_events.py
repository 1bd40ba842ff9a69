"""Moves of the champion as events: what is new in files."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from api.errors import StoreBusy
from api.monitoring.champion_events import ChampionEvents, new_moves
from api.records.alerting import events
from api.records.alerting.events import Event
from api.records.database import reading
from api.registry.champion import Alias
from api.registry.history import AliasChange, History, MoveKind
from api.registry.sites.site_versions import site_alias
from api.registry.store import Store
from tests.support.locked_database import locked

TASK = "pneumonia"
START = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "models", tmp_path / "models" / "default.h5", TASK)


def watching(database: Engine, store: Store) -> ChampionEvents:
    return ChampionEvents(database, TASK, Alias(store.folder))


def found(database: Engine) -> list[Event]:
    with reading(database) as connection:
        return events.undispatched(connection, limit=99)


def recorded(database: Engine) -> list[tuple[str, str, str | None]]:
    return [(event.type, event.data["version"], event.data["site"]) for event in found(database)]


def move(alias: Alias, version: str, previous: str) -> None:
    alias.move(version, by="ann", reason="because", previous=previous)


class TestMoves:
    def test_promotions_and_rollbacks_are_told_of_once(
        self, database: Engine, store: Store
    ) -> None:
        alias, watch = Alias(store.folder), watching(database, store)
        watch.look()
        move(alias, "v2", "v1")
        watch.look()
        move(alias, "v3", "v2")
        alias.move("v2", by="ann", reason="worse", previous="v3", kind=MoveKind.ROLLBACK)
        watch.look()
        watch.look()

        assert recorded(database) == [
            ("promoted", "v2", None), ("promoted", "v3", None), ("rolled_back", "v2", None),
        ]  # fmt: skip

    def test_those_of_a_site_too_also_its_first_one(self, database: Engine, store: Store) -> None:
        watch = watching(database, store)
        watch.look()
        site_alias(Alias(store.folder), "St. Anna").move(
            "v2", by="ann", reason="r", previous="champion"
        )
        watch.look()

        assert recorded(database) == [("promoted", "v2", "St. Anna")]

    def test_what_was_moved_before_anybody_looked_is_no_news(
        self, database: Engine, store: Store
    ) -> None:
        move(Alias(store.folder), "v2", "v1")
        site_alias(Alias(store.folder), "St. Anna").move(
            "v2", by="ann", reason="r", previous="champion"
        )

        watching(database, store).look()

        assert recorded(database) == []

    def test_a_crash_after_the_move_loses_nothing(self, database: Engine, store: Store) -> None:
        watching(database, store).look()
        move(Alias(store.folder), "v2", "v1")

        watching(database, store).look()
        watching(database, store).look()

        assert recorded(database) == [("promoted", "v2", None)]

    def test_while_the_records_are_locked_nothing_is_lost(
        self, database: Engine, store: Store
    ) -> None:
        watch = watching(database, store)
        watch.look()
        move(Alias(store.folder), "v2", "v1")
        with locked(database), pytest.raises(StoreBusy):
            watch.look()
        watch.look()

        assert recorded(database) == [("promoted", "v2", None)]

    def test_a_damaged_file_is_left_for_the_next_look(self, database: Engine, store: Store) -> None:
        alias, watch = Alias(store.folder), watching(database, store)
        watch.look()
        move(alias, "v2", "v1")
        sound = alias.path.read_bytes()
        alias.path.write_bytes(b"[")
        alias.backup.unlink()
        watch.look()
        assert recorded(database) == []
        alias.path.write_bytes(sound)
        watch.look()

        assert recorded(database) == [("promoted", "v2", None)]


def history(*minutes: int) -> History:
    return tuple(
        AliasChange(
            version=f"v{n}", previous=None, at=START + timedelta(minutes=n), by="a", reason="r"
        )
        for n in minutes
    )


def position(moves: History) -> dict[str, str]:
    (move_id, last) = new_moves(moves, None, START)[-1]
    return {"id": move_id, "at": last.at.isoformat()}


class TestNewMoves:
    def test_those_after_the_one_that_is_known(self) -> None:
        new = new_moves(history(1, 2, 3, 4), position(history(1, 2)), START)

        assert [move.version for _, move in new] == ["v3", "v4"]

    def test_where_its_older_half_was_dropped_ids_stay_as_they_were(self) -> None:
        whole = new_moves(history(1, 2, 3, 4), None, START)

        assert new_moves(history(3, 4), None, START) == whole[2:]

    def test_where_the_known_one_is_gone_the_younger_ones_are_new(self) -> None:
        new = new_moves(history(4, 5), position(history(1, 2, 3)), START)

        assert [move.version for _, move in new] == ["v4", "v5"]
        assert new_moves(history(1), position(history(1, 2)), START) == []
