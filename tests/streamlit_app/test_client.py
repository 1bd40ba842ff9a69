"""The client against a server that answers as the API's contract says."""

import dataclasses

import pytest

from client import DEFAULT_URL, ApiDown, ApiError, RoentgenClient
from formatting import plain
from site_checks.sent_file import SentFile
from tests.streamlit_app import answers
from tests.streamlit_app.fake_api import Answer, FakeApi
from tests.streamlit_app.page_checks import open_page


class TestAddress:
    def test_it_comes_from_the_environment(self, api: FakeApi) -> None:
        assert RoentgenClient().base_url == api.url

    def test_without_one_it_is_this_machine(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("ROENTGEN_API_URL", raising=False)

        assert RoentgenClient().base_url == DEFAULT_URL


class TestPrediction:
    def test_an_image_is_sent_with_its_name(self, api: FakeApi) -> None:
        answer = RoentgenClient().predict("Thorax ä.png", b"pixels")

        assert answer["label"] == "Pneumonia-Viral"
        assert b'name="file"' in api.requests[0].body
        assert b"pixels" in api.requests[0].body

    def test_an_explanation_is_asked_for_and_nothing_that_was_not_chosen(
        self, api: FakeApi
    ) -> None:
        RoentgenClient().predict("film.png", b"pixels")

        assert api.requests[0].path == "/predict?explain=true"

    def test_what_was_chosen_is_sent(self, api: FakeApi) -> None:
        RoentgenClient().predict(
            "film.png", b"pixels", operating_point="screening", prevalence=0.05
        )

        assert api.requests[0].path.endswith("operating_point=screening&prevalence=0.05")

    def test_a_heat_map_is_asked_for_by_class_and_size(self, api: FakeApi) -> None:
        content = RoentgenClient().heat_map("p1", label="COVID-19", width=336, height=200)

        assert content.startswith(b"\x89PNG")
        assert api.requests[0].path == (
            "/predictions/p1/heatmap.png?label=COVID-19&width=336&height=200"
        )

    def test_the_sentence_of_a_problem_is_the_message(self, api: FakeApi) -> None:
        api.refuse("POST", "/predict", "The JPEG file is cut short.", status=422)

        with pytest.raises(ApiError, match=r"^The JPEG file is cut short\.$") as caught:
            RoentgenClient().predict("film.jpg", b"")

        assert caught.value.status == 422

    def test_the_requests_id_is_kept_for_whoever_reads_the_log(self, api: FakeApi) -> None:
        api.refuse("POST", "/predict", "No.", status=500)
        answer = api.answers["POST", "/predict"]
        api.answers["POST", "/predict"] = dataclasses.replace(
            answer, headers=(("X-Request-ID", "r-7"),)
        )

        with pytest.raises(ApiError) as caught:
            RoentgenClient().predict("film.jpg", b"")

        assert caught.value.request_id == "r-7"


class TestUpload:
    def test_files_are_repeated_under_one_label(self, api: FakeApi) -> None:
        api.answer("POST", "/upload-data", answers.recorded("upload"))

        RoentgenClient().upload([("a.png", b"1"), ("b.png", b"2")], label="Normal")

        body = api.requests[0].body
        assert body.count(b'name="files"') == 2
        assert b'name="label"' in body

    def test_an_archive_has_no_label(self, api: FakeApi) -> None:
        api.answer("POST", "/upload-data", answers.recorded("upload"))

        RoentgenClient().upload([("films.zip", b"PK")])

        assert b'name="label"' not in api.requests[0].body


def answered(lines: bytes) -> Answer:
    return Answer(200, "application/x-ndjson", lines)


class TestSiteCheck:
    def test_an_archive_is_measured_with_the_wanted_version(self, api: FakeApi) -> None:
        (step,) = RoentgenClient().check(
            SentFile.of("films.zip", b"PK"), model="v1", operating_point="confirm"
        )

        assert step["report"] is not None
        assert step["report"]["verdict"] == "caution"
        assert api.requests[0].path == "/evaluate?model=v1&operating_point=confirm"
        assert b'name="file"; filename="films.zip"' in api.requests[0].body

    def test_a_file_of_any_name_arrives_as_it_is(self, api: FakeApi) -> None:
        content = bytes(range(256)) * 9000

        list(RoentgenClient().check(SentFile.of('Ärzte "3"\r\n.zip', content), model="v1"))

        (request,) = api.requests
        assert int(request.headers["Content-Length"]) == len(request.body)
        head, _, rest = request.body.partition(b"\r\n\r\n")
        boundary = head.partition(b"\r\n")[0]
        assert rest == content + b"\r\n" + boundary + b"--\r\n"
        assert 'filename="Ärzte %223%22%0D%0A.zip"'.encode() in head

    def test_it_may_take_longer_than_other_answers(self, api: FakeApi) -> None:
        known = api.answers["POST", "/evaluate"]
        api.answers["POST", "/evaluate"] = dataclasses.replace(known, delay_s=0.5)

        (step,) = RoentgenClient(timeout_s=0.1).check(SentFile.of("films.zip", b"PK"), model="v2")

        assert step["report"] is not None
        assert step["report"]["n"] == answers.site_report()["n"]

    def test_its_steps_come_line_by_line(self, api: FakeApi) -> None:
        api.answers["POST", "/evaluate"] = answered(answers.check_steps(answers.site_report()))

        steps = list(RoentgenClient().check(SentFile.of("films.zip", b"PK"), model="v2"))

        assert [(step["done"], step["total"]) for step in steps] == [
            (0, None), (12, 24), (24, 24), (24, 24),
        ]  # fmt: skip
        assert [step["report"] is None for step in steps] == [True, True, True, False]

    def test_a_problem_in_the_last_line_is_a_refusal(self, api: FakeApi) -> None:
        lines = answers.check_steps(None, problem=answers.problem("Send fewer films.", status=507))
        api.answers["POST", "/evaluate"] = answered(lines)

        with pytest.raises(ApiError, match=r"Send fewer films\.") as caught:
            list(RoentgenClient().check(SentFile.of("films.zip", b"PK"), model="v2"))

        assert (caught.value.status, caught.value.request_id) == (507, "r15")


class TestRetraining:
    def test_a_conflict_names_the_job_in_the_way(self, api: FakeApi) -> None:
        api.answer("POST", "/retrain", answers.recorded("one_waits_already"), status=409)

        with pytest.raises(ApiError) as caught:
            RoentgenClient().start_retraining()

        assert caught.value.job == "/retrain/j3"

    def test_too_few_images_are_told_by_class(self, api: FakeApi) -> None:
        refusal = answers.recorded("too_few_samples")
        api.answer("POST", "/retrain", refusal, status=422)

        with pytest.raises(ApiError) as caught:
            RoentgenClient().start_retraining()

        assert caught.value.errors == tuple(refusal["errors"])
        assert caught.value.errors[0]["class"] == "COVID-19"


class TestFailure:
    def test_a_server_that_is_down_comes_with_the_remedy(self) -> None:
        with pytest.raises(ApiDown, match="cannot be reached") as caught:
            RoentgenClient("http://127.0.0.1:9").status()

        for remedy in ("make run", "uvicorn api.main:app", "ROENTGEN_API_URL"):
            assert remedy in caught.value.remedy
            assert remedy not in str(caught.value)

    def test_an_address_that_is_none_comes_with_the_remedy(self) -> None:
        with pytest.raises(ApiDown) as caught:
            RoentgenClient("nonsense").status()

        assert "ROENTGEN_API_URL" in caught.value.remedy

    def test_a_slow_server_is_not_waited_for_without_end(self, api: FakeApi) -> None:
        known = api.answers["GET", "/status"]
        api.answers["GET", "/status"] = dataclasses.replace(known, delay_s=0.5)

        with pytest.raises(ApiDown, match=r"did not answer within 0\.1 s"):
            RoentgenClient(timeout_s=0.1).status()

    def test_a_page_that_is_no_problem_is_told_by_its_status(self, api: FakeApi) -> None:
        api.answer("GET", "/status", "bad gateway", status=502)

        with pytest.raises(ApiError, match="answered 502"):
            RoentgenClient().status()

    def test_a_server_that_is_another_program_is_told(self, api: FakeApi) -> None:
        api.answers["GET", "/status"] = dataclasses.replace(
            api.answers["GET", "/status"], body=b"<html>"
        )

        with pytest.raises(ApiDown, match="not as a Roentgen API"):
            RoentgenClient().status()


class TestIntakes:
    def test_they_are_the_servers_so_that_a_task_without_a_model_has_them(
        self, api: FakeApi
    ) -> None:
        api.refuse("GET", "/tasks/twin/*", "There is no model.", status=503)

        topics = RoentgenClient(task="twin").intake_topics()

        assert {topic["name"] for topic in topics} == {"breast", "respiratory"}
        assert [request.path for request in api.requests] == ["/intake"]


class TestTheServersSentences:
    @pytest.mark.parametrize(
        ("detail", "shown"),
        [
            (
                "No prediction with id 'p1'; GET /predictions lists them.",
                "No prediction with id 'p1'.",
            ),
            (
                "The film was not kept; the setting ROENTGEN_KEEP_IMAGES says which are. Send it.",
                "The film was not kept. Send it.",
            ),
            ("Correct them (PATCH /samples/ID), and retrain.", "Correct them, and retrain."),
            ("The disk is full (0 MB); free space.", "The disk is full (0 MB); free space."),
            # Nothing else would be left.
            ("Set ROENTGEN_OIDC_ISSUER.", "Set ROENTGEN_OIDC_ISSUER."),
        ],
    )
    def test_requests_and_settings_are_for_administrators(self, detail: str, shown: str) -> None:
        error = ApiError(detail, status=404)

        assert str(error) == shown
        assert error.remedy == ("" if detail == shown else detail)

    def test_a_page_folds_them_away(self, api: FakeApi) -> None:
        detail = "Retraining needs 12 films. Add some with POST /upload-data."
        api.refuse("GET", "/status", detail, status=409)

        page = open_page("train")

        assert page.warning[0].value == "Retraining needs 12 films."
        (folded,) = page.expander
        assert (folded.label, folded.markdown[0].value) == ("For administrators", plain(detail))
