"""The page Monitor as a person sees it, against the fake API."""

import pytest

from tests.streamlit_app import answers
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
                "decoder_timeouts": 2}  # fmt: skip
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
            "started": "",
        }

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
        assert [code.value for code in page.code] == [
            "KeyError\n  api/web/routes/models.py:12 in get_model"
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
        shown = [answers.shifted_stream(), usual]
        api.answer("GET", "/status", answers.status(streams=shown))
        api.answer("GET", "/status/streams", shown)

        page = open_page("monitor")

        assert not page.exception
        assert [warning.value for warning in page.warning] == [
            "**St. Anna**: The last 60 films of 'St. Anna' are unlike those of every hospital."
        ]
        assert "exposure (darker, 80 % apart)" in texts(page)
        (sources,) = [d.value for d in page.dataframe if "times its limit" in d.value]
        assert list(sources["source"]) == ["St. Anna", "(no site named)"]
        assert list(sources["state"]) == ["unlike known hospitals", "as known"]
        assert list(sources["p"]) == ["0.00012", "1"]

    def test_few_films_are_said_to_be_few(self, api: FakeApi) -> None:
        few = answers.shifted_stream(
            shifted=None, since=None, test=None, excess=None, p=None, n=0, reason=""
        )
        api.answer("GET", "/status", answers.status(streams=[few]))

        page = open_page("monitor")

        (sources,) = [d.value for d in page.dataframe if "times its limit" in d.value]
        assert list(sources["state"]) == ["too few films yet"]
        assert not page.warning
