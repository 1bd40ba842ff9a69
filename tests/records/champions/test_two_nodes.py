"""Two nodes on one database: who serves, who refuses, and who may change it."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine

from api.errors import Conflict, ModelNotReady, StoreBusy
from api.records.champions import champion_moves
from api.registry.retention import expired
from api.registry.sites.site_profiles import sites_of
from api.serving.sites.live_sites import LiveSites
from api.serving.sites.site_models import SiteModels
from api.serving.sites.site_promotion import SitePromoter
from tests.records.champions.two_nodes import TASK, ANode
from tests.registry.stores import a_store
from tests.serving.servers import engine_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    a_store(tmp_path / TASK, "v1", "v2", "v3")
    return tmp_path / TASK


@pytest.fixture
def pair(database: Engine, folder: Path) -> tuple[ANode, ANode]:
    return ANode(database, folder), ANode(database, folder)


class TestFollowing:
    def test_what_one_promotes_the_other_serves_and_back(self, pair: tuple[ANode, ANode]) -> None:
        one, other = pair
        assert (one.live.version, other.live.version) == ("v1", "v1")

        one.promoter.promote("v2", reason="better", by="ann")
        other.live.refresh()
        assert (other.live.version, other.live.sequence) == ("v2", 1)

        other.promoter.rollback(reason="worse", by="bob")
        one.live.refresh()
        assert (one.live.version, one.live.sequence) == ("v1", 2)
        assert [(m.kind, m.by) for m in one.promoter.overview().history] == [
            ("promotion", "ann"),
            ("rollback", "bob"),
        ]

    def test_a_move_there_and_back_between_two_looks_counts(
        self, pair: tuple[ANode, ANode]
    ) -> None:
        one, other = pair

        one.promoter.promote("v2", reason="r")
        one.promoter.rollback(reason="r")
        other.live.refresh()

        assert (other.live.version, other.live.sequence) == ("v1", 2)

    def test_a_node_that_cannot_serve_it_answers_nothing_and_comes_back(
        self, pair: tuple[ANode, ANode]
    ) -> None:
        one, other = pair
        other.broken.add("v2")

        one.promoter.promote("v2", reason="r")
        other.live.refresh()

        assert one.live.version == "v2"
        with pytest.raises(ModelNotReady, match="Golden outputs of 'v2' differ"):
            other.live.current()
        one.promoter.rollback(reason="r")
        other.live.refresh()
        assert other.live.current().version == "v1"

    def test_records_that_are_away_for_a_moment_take_no_node_out(
        self, pair: tuple[ANode, ANode], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        one, _ = pair
        one.promoter.promote("v2", reason="r")

        def away(*_: object, **__: object) -> None:
            raise StoreBusy("The database server cannot be reached right now.")

        with monkeypatch.context() as outage:
            outage.setattr(champion_moves, "heads", away)
            one.live.refresh()
            assert one.live.current().version == "v2"
            assert "cannot be reached" in (one.live.problem or "")
        one.live.refresh()
        assert (one.live.current().version, one.live.problem) == ("v2", None)


class TestAtOnce:
    def test_of_two_promotions_one_wins_and_the_other_is_told(
        self, pair: tuple[ANode, ANode]
    ) -> None:
        begin = threading.Barrier(2, timeout=100)

        def promote(node: ANode, version: str) -> str:
            verify = node.live.verify

            def when_both_have_asked(version: str) -> None:
                verify(version)
                begin.wait()

            node.live.verify = when_both_have_asked  # type: ignore[method-assign]
            try:
                node.promoter.promote(version, reason="r")
            except Conflict as exc:
                return exc.message
            return "won"

        with ThreadPoolExecutor(2) as pool:
            outcomes = sorted(pool.map(promote, pair, ("v2", "v3")))

        refused, won = outcomes
        assert won == "won"
        assert "changed by somebody else at the same time" in refused
        assert len(pair[0].promoter.overview().history) == 1

    def test_a_rollback_goes_back_from_the_champion_that_was_meant(
        self, pair: tuple[ANode, ANode]
    ) -> None:
        one, other = pair
        one.promoter.promote("v2", reason="r")
        one.promoter.promote("v3", reason="r")

        other.promoter.rollback(reason="alarm", from_version="v3")
        with pytest.raises(Conflict, match="The champion is v2, not v3"):
            one.promoter.rollback(reason="alarm", from_version="v3")


class TestSites:
    def test_a_site_has_one_version_on_all_nodes(self, pair: tuple[ANode, ANode]) -> None:
        sites = [
            SiteModels(node.store, node.alias, node.live, engine_of, capacity=2) for node in pair
        ]
        promoters = [
            SitePromoter(node.store, models, node.promoter, LiveSites(sites_of(node.store)))
            for node, models in zip(pair, sites, strict=True)
        ]

        promoters[0].promote("v2", "Süd", reason="r")
        sites[1].refresh()
        assert sites[1].version_for("süd") == "v2"
        assert pair[1].alias.current() is None

        assert promoters[1].rollback("Süd", reason="r") == "champion"
        sites[0].refresh()
        assert sites[0].version_for("Süd") is None


class TestRetention:
    def test_what_the_row_names_is_needed(self, pair: tuple[ANode, ANode]) -> None:
        one, other = pair
        one.promoter.promote("v2", reason="r")

        assert expired(other.store, other.alias, keep=1) == []
        one.promoter.promote("v3", reason="r")
        one.promoter.promote("v1", reason="r")
        assert expired(other.store, other.alias, keep=1) == ["v2"]
        assert expired(other.store, other.alias, keep=1, in_use={"v2"}) == []
