"""The Python client, a busy server and a bad network."""

import asyncio
import io
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, BinaryIO, cast

import httpx2
import pytest

from roentgen_client import (
    ApiError,
    Client,
    Conflict,
    JobTimeout,
    NoConnection,
    NotAuthenticated,
    Overloaded,
    Retries,
    RoentgenError,
    Unavailable,
    UnexpectedAnswer,
)
from roentgen_client.retry_after import retry_after_s
from tests.clients.network import ADDRESS, busy, job, lost, network, tasks

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


class Pipe(io.BytesIO):
    """What can be read once."""

    def seekable(self) -> bool:
        return False


class TestBusyServers:
    def test_it_comes_back_no_earlier_than_it_was_told(self) -> None:
        met = network(busy(429, "7"), busy(503, "2"), tasks)

        met.client().tasks()

        assert met.waits_s == [7 + 0.5, 2 + 1.0]

    def test_the_one_for_asyncio_too(self) -> None:
        met = network(busy(429, "7"), lost, tasks)

        async def ask() -> None:
            async with met.async_client() as client:
                await client.tasks()

        asyncio.run(ask())

        assert met.waits_s == [7.5, 1.0]

    def test_without_a_word_it_backs_off_up_to_a_limit_and_then_gives_up(self) -> None:
        met = network(busy())
        retries = Retries(tries=5, backoff_s=1.0, max_backoff_s=3.0, random=lambda: 1.0)

        with pytest.raises(Unavailable, match="Come back"):
            met.client(retries).status()

        assert met.waits_s == [1.0, 2.0, 3.0, 3.0]
        assert len(met.requests) == 5

    def test_who_wants_a_longer_wait_than_allowed_is_not_waited_for(self) -> None:
        met = network(busy(429, "500"))

        with pytest.raises(Overloaded) as refused:
            met.client().tasks()

        assert (refused.value.retry_after_s, met.waits_s) == (500, [])

    @pytest.mark.parametrize("status", [400, 401, 404, 409, 500, 507])
    def test_other_refusals_are_final(self, status: int) -> None:
        met = network(busy(status))

        with pytest.raises(ApiError) as refused:
            met.client().tasks()

        assert (refused.value.status, refused.value.request_id) == (status, "r1")
        assert len(met.requests) == 1


class TestWhatIsSentAgain:
    @pytest.mark.parametrize("image", [b"film", io.BytesIO(b"film"), Pipe(b"film")])
    def test_an_image_whole_after_a_lost_connection(self, image: bytes | BinaryIO) -> None:
        met = network(lost, busy(), busy(422))

        with pytest.raises(ApiError):
            met.client().predict(image)

        assert len(met.sent) == 3
        assert all(b"\r\n\r\nfilm\r\n" in body for body in met.sent)

    def test_a_batch_that_was_refused_whole(self) -> None:
        met = network(busy(429, "1"), httpx2.Response(200))

        assert list(met.client().predict_batch([b"film"])) == []
        assert len(met.sent) == 2

    @pytest.mark.parametrize(
        ("method", "arguments"),
        [
            ("retrain", ()),
            ("upload", ([b"film"],)),
            ("feedback", ("id", "Normal")),
            ("cancel", ("id",)),
            ("rollback", ()),
        ],
    )
    def test_nothing_that_must_not_be_done_twice(self, method: str, arguments: Any) -> None:
        for reply in (lost, busy):
            met = network(reply)

            with pytest.raises(RoentgenError):
                getattr(met.client(), method)(*arguments)

            assert (len(met.requests), met.waits_s) == (1, [])

    def test_no_batch_whose_connection_was_lost(self) -> None:
        met = network(lost)

        with pytest.raises(NoConnection, match="connection reset"):
            next(met.client().predict_batch([b"film"]))

        assert len(met.requests) == 1


class TestRetryAfter:
    def test_a_date_is_as_good_as_seconds(self) -> None:
        later = format_datetime(NOW + timedelta(seconds=90), usegmt=True)

        assert retry_after_s(later, now=NOW) == 90
        assert retry_after_s(later, now=NOW + timedelta(hours=1)) == 0
        assert retry_after_s(" 12 ") == 12

    @pytest.mark.parametrize("value", [None, "", "soon", "-1", "1.5", "²"])
    def test_anything_else_is_none(self, value: str | None) -> None:
        assert retry_after_s(value) is None


class TestWhoAsksWhom:
    def test_key_and_address_of_the_environment(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ROENTGEN_API_KEY", "from outside")
        monkeypatch.setenv("ROENTGEN_API_URL", "https://ward.test/roentgen/")
        met = network(tasks)

        met.client(base_url=None).tasks()
        met.client(api_key="given").tasks()

        (outside, given) = met.requests
        assert outside.headers["Authorization"] == "Bearer from outside"
        assert outside.url == "https://ward.test/roentgen/tasks"
        assert (given.headers["Authorization"], given.url.host) == ("Bearer given", "roentgen.test")

    def test_without_a_key_none_is_sent(self) -> None:
        met = network(busy(401))

        with pytest.raises(NotAuthenticated):
            met.client().status()

        assert "Authorization" not in met.requests[0].headers

    @pytest.mark.parametrize("url", ["roentgen.test", "ftp://roentgen.test", "http://"])
    def test_what_is_no_address_is_said_at_once(self, url: str) -> None:
        with pytest.raises(ValueError, match="no address of a server"):
            Client(url)

    def test_what_is_no_key_is_said_without_showing_it(self) -> None:
        with pytest.raises(ValueError, match="API key has characters") as refused:
            Client(api_key="top\nsecret")

        assert "secret" not in str(refused.value)


class TestOtherAnswers:
    def test_a_page_where_the_api_should_be(self) -> None:
        met = network(httpx2.Response(200, html="<p>Welcome</p>"))

        with pytest.raises(UnexpectedAnswer, match="check the address"):
            met.client().status()

    def test_a_proxys_page_has_a_status_and_no_reason(self) -> None:
        met = network(httpx2.Response(502, html="<p>Bad gateway</p>"))

        with pytest.raises(ApiError, match="answered 502 without a reason"):
            met.client(Retries(tries=1)).status()

    def test_it_is_not_sent_on_with_its_key(self) -> None:
        met = network(httpx2.Response(308, headers={"Location": "https://other.test/"}))

        with pytest.raises(UnexpectedAnswer, match=r"https://other\.test/"):
            met.client(api_key="key").status()

        assert [request.url.host for request in met.requests] == ["roentgen.test"]

    def test_a_job_in_the_way_is_named(self) -> None:
        met = network(httpx2.Response(409, json={"detail": "One runs.", "job": "/retrain/j1"}))

        with pytest.raises(Conflict) as refused:
            met.client().retrain()

        assert refused.value.job == "/retrain/j1"

    def test_a_files_name_may_hold_what_ends_lines_elsewhere(self) -> None:
        line = '{"filename": "a\u2028b\x85c.png"}'
        met = network(httpx2.Response(200, text=f"{line}\n\n{line}"))

        results = list(met.client().predict_batch([b"film"]))

        assert [result.filename for result in results] == ["a\u2028b\x85c.png"] * 2

    def test_a_batch_that_breaks_off(self) -> None:
        class Broken(httpx2.SyncByteStream):
            def __iter__(self) -> Any:
                line = '{"filename": "a", "prediction": null, "problem": null}\n'
                yield line.encode()[:20]
                yield line.encode()[20:]
                raise httpx2.RemoteProtocolError("peer closed connection")

        met = network(httpx2.Response(200, stream=Broken()))
        results = met.client().predict_batch([b"film"])

        assert next(results).filename == "a"
        with pytest.raises(NoConnection, match=f"{ADDRESS} cannot be reached or broke off"):
            next(results)


class TestWaitingForAJob:
    def test_until_it_has_ended_however_it_did(self) -> None:
        ended = job("failed", finished_at="2026-11-27T12:05:00Z", reason="The disk is full.")
        met = network(job("queued"), job(), busy(503, "1"), job(), ended)
        seen: list[str] = []

        last = met.client().wait_for_job(
            "j1", poll_s=3.0, progress=lambda job: seen.append(job.state)
        )

        assert (last.state, last.reason) == ("failed", "The disk is full.")
        assert seen == ["queued", "running", "running", "failed"]
        assert met.waits_s == [3.0, 3.0, 1.5, 3.0]

    def test_a_state_that_only_a_newer_server_knows_is_fine(self) -> None:
        met = network(job("resting", mood="good", finished_at="2026-11-27T12:05:00Z"))

        assert met.client().job("j1").state == "resting"

    def test_no_longer_than_wished(self) -> None:
        met = network(job())

        with pytest.raises(JobTimeout, match="j1 is running after 1 s") as late:
            met.client().wait_for_job("j1", poll_s=5.0, timeout_s=1.0)

        assert late.value.job.progress == 0.5
        assert isinstance(cast(Exception, late.value), TimeoutError)
