"""The page Monitor as a person sees it, against the fake API."""

import dataclasses
import json
from datetime import UTC, datetime

import pytest

from tests.streamlit_app import answers, watched
from tests.streamlit_app.fake_api import FakeApi
from tests.streamlit_app.page_checks import metrics, open_page, texts


class TestMonitor:
    @pytest.mark.usefixtures("api")
    def test_the_headline_is_human_readable(self) -> None:
        page = open_page("monitor")

        assert not page.exception
        assert metrics(page)["Uptime"] == "1 d 2 h"
        assert metrics(page)["Predictions served"] == str(answers.status()["num_predictions"])
        assert metrics(page)["95 % within (p95)"] == "20 ms"
        assert "models/pneumonia/v2/model.h5" in texts(page)

    def test_each_worker_says_what_it_serves_and_how_busy_it_is(self, api: FakeApi) -> None:
        (worker,) = answers.status()["workers"]
        busy = {"precision": "int8", "waiting": 3, "p99_ms": 41.5, "decoder_crashes": 1,
                "decoder_timeouts": 2, "process_restarts": 3}  # fmt: skip
        api.answer("GET", "/status/activity", answers.activity(compute_processes=4))
        api.answer("GET", "/status", answers.status(workers=[{**worker, **busy}]))

        page = open_page("monitor")

        (workers,) = [d.value for d in page.dataframe if "serves" in d.value]
        assert workers.to_dict("records")[0] | {"started": ""} == {
            "host": "a",
            "process": "7",
            "serves": "v2, int8",
            "waiting": 3,
            "films/s at most": 98.5,
            "p99 ms, last 10 s": 41.5,
            "crashed decoders": 1,
            "gave up": 2,
            "restarts": 3,
            "started": "",
        }
        assert "3 were replaced since these workers started" in texts(page)
        assert "4 are there now" in texts(page)

    def test_nodes_are_shown_where_there_are_several(self, api: FakeApi) -> None:
        alone = open_page("monitor")
        assert "Nodes" not in texts(alone)
        api.answer("GET", "/status", answers.status(nodes=answers.nodes()))

        page = open_page("monitor")

        (nodes,) = [d.value for d in page.dataframe if "node" in d.value]
        assert list(nodes["node"]) == ["one", "two"]
        assert list(nodes["state"]) == ["serves", "answers nothing, one change behind or more"]
        assert any("two** is not ready" in warning.value for warning in page.warning)

    def test_an_api_of_an_earlier_release_has_neither_nodes_nor_memory(self, api: FakeApi) -> None:
        status = answers.status()
        for name in ("nodes", "champion_sequence", "task_memory_mb"):
            del status[name]
        api.answer("GET", "/status", status)
        activity = answers.activity()
        for name in ("over_time", "compute_processes"):
            del activity[name]
        api.answer("GET", "/status/activity", activity)

        page = open_page("monitor")

        assert not page.exception
        assert "Workers" in texts(page)
        assert "Referral rate" not in texts(page)

    @pytest.mark.usefixtures("api")
    def test_referrals_errors_and_latency_stand_over_time(self) -> None:
        page = open_page("monitor")

        assert not page.exception
        # Predictions, and the three.
        assert len(page.get("vega_lite_chart")) == 4
        for name in ("Referral rate", "Errors", "Latency (p95)"):
            assert name in texts(page)
        assert "answers that were looked at were left to a person" in texts(page)

    @pytest.mark.usefixtures("api")
    def test_the_id_of_a_failed_request_is_there_to_copy(self) -> None:
        page = open_page("monitor")

        ids = [error["request_id"] for error in answers.activity()["errors"]]
        assert [code.value for code in page.code] == ids[:10]

    def test_where_the_page_is_refused_the_requests_id_is_folded_away(self, api: FakeApi) -> None:
        api.refuse("GET", "/status/activity", "The records are busy.", status=503)
        refused = api.answers["GET", "/status/activity"]
        api.answers["GET", "/status/activity"] = dataclasses.replace(
            refused, headers=(("X-Request-ID", "r-7"),)
        )

        page = open_page("monitor")

        assert page.warning[0].value.startswith("The records are busy.")
        assert page.expander[0].label == "For administrators"
        assert page.expander[0].code[0].value == "r-7"

    def test_a_state_of_a_later_release_and_memory_are_shown(self, api: FakeApi) -> None:
        first, second = answers.nodes()
        nodes = [first, {**second, "state": "draining"}]
        api.answer("GET", "/status", answers.status(nodes=nodes, task_memory_mb={"a_b": 12.34}))

        page = open_page("monitor")

        assert not page.exception
        assert "loaded models: a\\_b 12.3 MB." in texts(page)

    def test_the_window_is_asked_for(self, api: FakeApi) -> None:
        page = open_page("monitor")

        page.segmented_control(key="window").set_value("6 h").run()

        assert api.calls("GET", "/status/activity")[-1].path.endswith("window_minutes=360")

    def test_a_quiet_service_is_no_error(self, api: FakeApi) -> None:
        quiet = answers.activity(predictions=[], by_label={}, latency=None, errors=[])
        api.answer("GET", "/status/activity", quiet)

        page = open_page("monitor")

        assert not page.exception
        assert "No prediction in the last 60 min." in texts(page)

    @pytest.mark.usefixtures("api")
    def test_without_unexpected_errors_it_says_so(self) -> None:
        assert "None. Requests that were refused are below." in texts(open_page("monitor"))

    def test_unexpected_errors_have_a_row_and_their_place_in_the_code(self, api: FakeApi) -> None:
        api.answer("GET", "/errors", answers.unexpected_errors())

        page = open_page("monitor")

        assert not page.exception
        (rows,) = [d.value for d in page.dataframe if "newest request" in d.value]
        (row,) = rows.to_dict("records")
        assert (row["error"], row["where"], row["times"]) == (
            "KeyError",
            "GET /models/{version}",
            3,
        )
        (places,) = [box for box in page.expander if "KeyError" in box.label]
        assert [code.value for code in places.code] == [
            "KeyError\n  api/web/routes/training/models.py:12 in get_model",
            row["newest request"],
        ]

    @pytest.mark.usefixtures("api")
    def test_without_streams_nothing_is_shifted(self) -> None:
        page = open_page("monitor")

        assert not page.warning
        assert "No source has sent films" in texts(page)

    def test_a_shifted_source_is_warned_of_with_what_differs(self, api: FakeApi) -> None:
        usual = answers.shifted_stream(
            source=None, shifted=False, since=None, excess=0.4, p=1.0, reason="", differences=[]
        )
        shown = [answers.shifted_stream(), usual, {**usual, "client": "pacs"}]
        api.answer("GET", "/status", answers.status(streams=shown))
        api.answer("GET", "/status/streams", shown)

        page = open_page("monitor")

        assert not page.exception
        assert [warning.value for warning in page.warning] == [
            "**St. Anna**: The last 60 films of 'St. Anna' are unlike those of every hospital."
        ]
        assert "exposure (darker, 80 % apart)" in texts(page)
        (sources,) = [d.value for d in page.dataframe if "times its limit" in d.value]
        assert list(sources["source"]) == [
            "St. Anna",
            "(no site named)",
            "(no site named, by pacs)",
        ]
        assert list(sources["state"]) == ["unlike known hospitals", "as known", "as known"]
        assert list(sources["p"]) == ["0.00012", "1", "1"]

    def test_few_images_are_said_to_be_few(self, api: FakeApi) -> None:
        few = answers.shifted_stream(
            shifted=None, since=None, test=None, excess=None, p=None, n=0, reason=""
        )
        api.answer("GET", "/status", answers.status(streams=[few]))

        page = open_page("monitor")

        (sources,) = [d.value for d in page.dataframe if "times its limit" in d.value]
        assert list(sources["state"]) == ["too few films yet"]
        assert not page.warning


class TestAlerts:
    @pytest.mark.usefixtures("api")
    def test_without_any_the_page_says_so(self) -> None:
        page = open_page("monitor")

        assert "No alert fires." in texts(page)

    def test_those_that_fire_say_what_to_do_by_severity(self, api: FakeApi) -> None:
        disk = answers.alert(
            name="disk_space", task=None, severity="critical", says="A disk is nearly full",
            shown="1.2 GB", do="Free space.",
        )  # fmt: skip
        soon = answers.alert(name="slow", status="pending", says="Answers are slow", task=None)
        api.answer("GET", "/alerts", answers.alerts(disk, answers.alert(), soon, given_up=2))

        page = open_page("monitor")

        assert not page.exception
        (critical,), (warning,) = page.error, page.warning
        assert "A disk is nearly full**: 1.2 GB" in critical.value
        assert "Free space." in critical.value
        assert "all known hospitals (pneumonia)" in warning.value
        assert "May fire soon: Answers are slow." in texts(page)
        assert "2 messages to https" in texts(page)

    def test_what_waits_for_another_system_says_why(self, api: FakeApi) -> None:
        found = answers.alerts(waiting=3, last_error="'https://pacs' cannot be reached.")
        api.answer("GET", "/alerts", found)

        assert "3 messages to https" in texts(open_page("monitor"))
        assert "cannot be reached" in texts(open_page("monitor"))

    def test_one_is_silenced_with_a_reason(self, api: FakeApi) -> None:
        api.answer("GET", "/alerts", answers.alerts(answers.alert()))
        api.answer("POST", "/alerts/stream_shift/silence", answers.silence())
        page = open_page("monitor")

        page.button(key="silence-stream_shift-pneumonia").click().run()
        assert "Say why the alert is silenced" in texts(page)
        assert api.calls("POST", "/alerts/stream_shift/silence") == []
        page.text_input(key="why-stream_shift-pneumonia").set_value("new scanner")
        page.selectbox(key="quiet-stream_shift-pneumonia").set_value("1 day")
        page.button(key="silence-stream_shift-pneumonia").click().run()

        (sent,) = api.calls("POST", "/alerts/stream_shift/silence")
        body = json.loads(sent.body)
        hours = (datetime.fromisoformat(body["until"]) - datetime.now(UTC)).total_seconds() / 3600
        assert (body["why"], body["task"], round(hours)) == ("new scanner", "pneumonia", 24)

    def test_a_silence_is_shown_and_can_be_ended(self, api: FakeApi) -> None:
        silenced = answers.alert(silence=answers.silence(task=None))
        api.answer("GET", "/alerts", answers.alerts(silenced))
        api.refuse("DELETE", "/alerts/stream_shift/silence", "It is over already.", status=404)
        page = open_page("monitor")

        assert not page.warning
        assert "by ann: new scanner" in texts(page)
        page.button(key="unsilence-stream_shift-pneumonia").click().run()

        (sent,) = api.calls("DELETE", "/alerts/stream_shift/silence")
        assert "task" not in sent.path
        assert "It is over already." in texts(page)


class TestDrift:
    def test_what_drifted_is_warned_of_and_shown_over_time(self, api: FakeApi) -> None:
        api.answer("GET", "/status/drift", watched.drift())

        page = open_page("monitor")

        assert not page.exception
        assert [warning.value for warning in page.warning] == watched.drift()["reasons"]
        (rows,) = [d.value for d in page.dataframe if "threshold" in d.value]
        assert list(rows["state"])[:3] == ["drifted", "too little to tell", "as known"]
        assert list(rows["before"])[2] == "answered 90 %, refer 10 %"
        assert "Above 1, the dashed line, is drift" in texts(page)

    @pytest.mark.usefixtures("api")
    def test_before_the_first_look_it_says_what_is_needed(self) -> None:
        page = open_page("monitor")

        assert "a hundred are needed" in texts(page)


class TestQuality:
    @pytest.mark.usefixtures("api")
    def test_estimates_stand_beside_what_people_said(self) -> None:
        page = open_page("monitor")

        found = metrics(page)
        assert found["Estimated (CBPE)"] == "95.3 %"
        assert found["Estimated (ATC)"] == "94.1 %"
        assert found["As people said (40 films)"] == "90.0 %"
        assert "95 % interval: 77.0 % to 96.0 %" in texts(page)

    def test_an_estimate_that_is_left_out_has_its_reason(self, api: FakeApi) -> None:
        api.answer("GET", "/status/quality", watched.blanked())

        page = open_page("monitor")

        assert not page.exception
        assert metrics(page)["Estimated (CBPE)"] == "not known"
        assert "no longer look like the films" in texts(page)

    def test_without_a_model_the_rest_is_shown(self, api: FakeApi) -> None:
        api.refuse("GET", "/status/quality", "The model is being prepared.", status=503)

        page = open_page("monitor")

        assert not page.exception
        assert "The model is being prepared." in texts(page)
        assert metrics(page)["Uptime"]
