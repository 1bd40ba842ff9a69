"""The records are counted and pruned beside serving, as the settings say."""

from datetime import timedelta

from sqlalchemy import Engine
from starlette.testclient import TestClient

from api.clock import now
from api.main import create_app
from api.records.answers import predictions
from api.records.database import open_database
from api.records.upkeep import backfill
from api.settings import Settings
from tests.records.earlier import drop_counters, minutes_before, write_as_before
from tests.support import images
from tests.support.databases import only_sqlite
from tests.support.waiting import wait_until, wait_until_ready
from tests.web.response_checks import answer


def with_old_answers(settings: Settings, number: int, *, days: float) -> None:
    """Records of an earlier version, in which that many answers end so many days ago."""
    engine = open_database(settings.records_url, timeout_s=5)
    drop_counters(engine)
    write_as_before(engine, minutes_before(now() - timedelta(days=days), number))
    engine.dispose()


def database_of(client: TestClient) -> Engine:
    database: Engine = client.app.state.services.records.database  # type: ignore[attr-defined]
    return database


# Records of before there was PostgreSQL.
@only_sqlite
class TestUpkeep:
    def test_answers_older_than_the_setting_says_are_gone_and_still_counted(
        self, settings: Settings
    ) -> None:
        with_old_answers(settings, 250, days=8)
        chosen = settings.model_copy(update={"keep_predictions_days": 7.0})

        with TestClient(create_app(chosen)) as client:
            wait_until_ready(client)
            new = answer(client.post("/predict", files={"file": images.png()}))["id"]
            wait_until(
                lambda: predictions.totals(database_of(client), task="pneumonia").stored == 1,
                "the old were gone",
            )

            status = answer(client.get("/status"))
            assert status["num_predictions"] == 251
            assert status["health"]["records"]["detail"] == "1 predictions kept"
            listed = answer(client.get("/predictions"))["predictions"]
            assert [one["id"] for one in listed] == [new]

    def test_an_earlier_versions_answers_are_in_the_windows_before_and_after_counting(
        self, settings: Settings
    ) -> None:
        with_old_answers(settings, 1200, days=1)

        with TestClient(create_app(settings)) as client:
            seen = [self.in_two_days(client)]
            wait_until(
                lambda: not backfill.is_due(database_of(client), task="pneumonia"),
                "all were in the counters",
            )
            seen.append(self.in_two_days(client))

            assert seen == [1200, 1200]
            assert answer(client.get("/status"))["num_predictions"] == 1200

    def test_several_servers_on_one_folder_do_it_once(self, settings: Settings) -> None:
        with_old_answers(settings, 1200, days=1)

        with TestClient(create_app(settings)) as one, TestClient(create_app(settings)) as two:
            wait_until(
                lambda: not backfill.is_due(database_of(one), task="pneumonia"),
                "all were in the counters",
            )

            assert self.in_two_days(one) == self.in_two_days(two) == 1200

    @staticmethod
    def in_two_days(client: TestClient) -> int:
        window = {"window_minutes": 2 * 24 * 60}
        return sum(answer(client.get("/status/activity", params=window))["by_label"].values())
