"""The wall clock, and who writes its time without fractions."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from api.clock import now
from api.registry.champion import Alias


class TestNow:
    def test_it_is_the_current_time_and_knows_its_zone(self) -> None:
        before = datetime.now(UTC)

        moment = now()

        assert moment.utcoffset() == timedelta(0)
        assert before <= moment <= datetime.now(UTC)

    def test_moves_of_the_champion_are_dated_to_the_second(self, tmp_path: Path) -> None:
        alias = Alias(tmp_path)

        for version in ("v2", "v3", "v4"):
            alias.move(version, by="a person", reason="tried")

        assert [move.at.microsecond for move in alias.history()] == [0, 0, 0]
