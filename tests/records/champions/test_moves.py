"""The champion's moves as rows: appended by compare-and-swap, taken from files once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine

from api.champions import RecordedMoves, open_alias
from api.errors import InvalidCheckpoint, StoreBusy
from api.records.champions import champion_moves, nodes
from api.records.champions.champion_moves import MoveRecord
from api.records.champions.nodes import NodeReport
from api.records.servers import workers
from api.registry.champion import Alias
from api.registry.champion_file import FILE_NAME
from api.registry.sites.site_versions import site_alias, site_aliases
from api.settings import Settings
from tests.records.champions.two_nodes import TASK

AT = datetime(2026, 11, 27, 12, tzinfo=UTC)


def a_move(version: str, previous: str | None = "v1") -> MoveRecord:
    return MoveRecord(version, previous, "promotion", AT, "ann", "better", ("auroc",), "", None)


def shared(settings: Settings, folder: Path, database: Engine) -> Alias:
    return open_alias(settings.model_copy(update={"champion": "records"}), folder, database)


class TestAppending:
    def test_a_move_comes_after_the_one_that_was_seen_or_not_at_all(self, database: Engine) -> None:
        def append(version: str, after: int) -> bool:
            return champion_moves.append(database, "", a_move(version), after=after, task=TASK)

        assert append("v2", 0)
        assert not append("v3", 0)
        assert append("v3", 1)
        assert not append("v4", 1)

        head = champion_moves.heads(database, task=TASK)[""]
        assert (head.sequence, head.version) == (2, "v3")
        assert champion_moves.moves_to(database, "", head, task=TASK) == [
            a_move("v2"),
            a_move("v3"),
        ]
        assert champion_moves.heads(database, task="iris") == {}

    def test_of_eight_at_once_one_wins(self, database: Engine) -> None:
        def append(number: int) -> bool:
            move = a_move(f"v{number}")
            try:
                return champion_moves.append(database, "", move, after=0, task=TASK)
            except StoreBusy:
                # The machine had no time for it.
                return False

        with ThreadPoolExecutor(8) as pool:
            won = list(pool.map(append, range(2, 10)))

        assert won.count(True) == 1
        assert champion_moves.heads(database, task=TASK)[""].version == f"v{2 + won.index(True)}"


class TestTakingFiles:
    def test_champion_and_sites_are_copied_once_with_their_histories(
        self, database: Engine, tmp_path: Path
    ) -> None:
        folder, settings = tmp_path / TASK, Settings()
        file = Alias(folder)
        file.move("v2", by="ann", reason="r", previous="v1", overrides=("auroc",))
        site_alias(file, "St. Anna").move("v3", by="ann", reason="r")

        alias = shared(settings, folder, database)
        file.move("v4", by="ann", reason="r", previous="v2")
        again = shared(settings, folder, database)

        assert alias.history() == again.history() == file.history()[:1]
        (site,) = site_aliases(again)
        assert (site.site, site.history()) == ("St. Anna", site_alias(file, "St. Anna").history())
        assert (alias.rollback_target(), site.rollback_target()) == ("v1", "champion")

    def test_a_damaged_file_is_not_taken_for_a_default(
        self, database: Engine, tmp_path: Path
    ) -> None:
        folder = tmp_path / TASK
        folder.mkdir()
        file = folder / FILE_NAME
        file.write_text("[")

        alias = shared(Settings(), folder, database)

        with pytest.raises(InvalidCheckpoint, match=f"'{TASK}/{FILE_NAME}' .* move it away"):
            alias.standing()
        file.unlink()
        assert alias.history() == ()

    def test_where_the_file_is_the_champion_nothing_is_copied(
        self, database: Engine, tmp_path: Path
    ) -> None:
        Alias(tmp_path / TASK).move("v2", by="ann", reason="r", previous="v1")

        on_sqlite = Settings(champion="auto", database_url="")

        assert open_alias(on_sqlite, tmp_path / TASK, database).shared is None
        assert champion_moves.heads(database, task=TASK) == {}

    def test_records_in_postgresql_have_it_unless_the_setting_says_otherwise(self) -> None:
        url = "postgresql+psycopg://roentgen@host/roentgen"

        assert Settings(database_url=url).champion_in_records
        assert not Settings(database_url=url, champion="file").champion_in_records


class TestTheLock:
    def test_who_waits_too_long_is_told(self, database: Engine, tmp_path: Path) -> None:
        ours, theirs = (RecordedMoves(database, TASK, tmp_path) for _ in range(2))

        with ours.locked(timeout_s=0), pytest.raises(StoreBusy), theirs.locked(timeout_s=0):
            pass
        with theirs.locked(timeout_s=0):
            pass


class TestNodes:
    def a_report(self, version: str | None, sequence: int = 1, **changes: object) -> NodeReport:
        values = {"state": "serving", "reason": "", "since": AT, "loaded": ()} | changes
        return NodeReport(TASK, version, sequence, **values)  # type: ignore[arg-type]

    def test_the_process_that_is_worst_off_speaks_for_its_node(self, database: Engine) -> None:
        refused = self.a_report(None, state="refused", reason="damaged")
        nodes.report(database, [self.a_report("v2")], node="b", worker="1")
        nodes.report(database, [self.a_report("v2")], node="a", worker="2")
        nodes.report(database, [refused], node="a", worker="3")

        found = nodes.of_task(database, task=TASK)

        assert [(n.node, n.state, n.version, n.processes) for n in found] == [
            ("a", "refused", None, 2),
            ("b", "serving", "v2", 1),
        ]

    def test_a_node_that_died_is_silent_until_it_is_there_again(
        self, database: Engine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        moment = AT
        monkeypatch.setattr("api.records.champions.nodes.now", lambda: moment)
        nodes.report(database, [self.a_report("v2", loaded=("v2", "v7"))], node="a", worker="1")

        moment = AT + workers.ALIVE_FOR * 2
        (gone,) = nodes.of_task(database, task=TASK)
        assert gone.state == "silent"
        assert nodes.versions_in_use(database, task=TASK) == {"v2", "v7"}

        nodes.report(database, [self.a_report("v3")], node="a", worker="2")
        (back,) = nodes.of_task(database, task=TASK)
        assert (back.state, back.version, back.processes) == ("serving", "v3", 1)

        nodes.remove(database, "2")
        assert nodes.of_task(database, task=TASK) == []
