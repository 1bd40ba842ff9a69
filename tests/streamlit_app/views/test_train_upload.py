"""What the page Train makes of films that are uploaded, and of the site that they are from."""

import pytest
from streamlit.testing.v1 import AppTest

from components.worklist import image_sender
from tests.streamlit_app import answers
from tests.streamlit_app.fake_api import FakeApi, png
from tests.streamlit_app.page_checks import (
    TIMEOUT_S,
    open_page,
    send_training_images,
    shown_by,
    texts,
    texts_of,
)
from tests.support import dicom_images
from worklist.training_upload import BY_FOLDER

UPLOADED = answers.recorded("upload")
# As on every page: what sends training films, then the page itself.
TRAIN = """
from components.worklist import training_sender
from views import train
training_sender.send(is_shown=True)
train.show()
"""


def open_train() -> AppTest:
    return AppTest.from_string(TRAIN, default_timeout=TIMEOUT_S).run()


def mounted(page: AppTest, component: str) -> bool:
    return component in {each.proto.component_name for each in page.get("bidi_component")}


class TestUpload:
    def test_outcomes_are_there_after_a_reload_what_needs_attention_first(
        self, api: FakeApi
    ) -> None:
        api.answer("POST", "/upload-data", UPLOADED)
        page = send_training_images(open_train(), ("a.png", png()), label="Normal")

        again = AppTest.from_string(
            "from views import train\ntrain.show()", default_timeout=TIMEOUT_S
        )
        again.query_params["upload"] = page.query_params["upload"]
        again.run()

        table = next(f.value for f in again.dataframe if "outcome" in f.value.columns)
        assert list(table["outcome"])[:2] == ["not stored", "already there"]

    def test_an_upload_tells_what_became_of_each_file(self, api: FakeApi) -> None:
        api.answer("POST", "/upload-data", UPLOADED)

        page = send_training_images(open_train(), ("a.png", png()), label="Normal")

        assert not page.exception
        assert b"Normal" in api.calls("POST", "/upload-data")[0].body
        assert "6 stored, 1 duplicate, 0 near duplicate, 0 conflict, 1 rejected" in texts(page)

    @pytest.mark.parametrize("name", ["film.dcm", "IM0001"])
    def test_a_dicom_image_is_sent_as_it_is(self, api: FakeApi, name: str) -> None:
        api.answer("POST", "/upload-data", UPLOADED)
        image = dicom_images.dicom_image()

        send_training_images(open_train(), (name, image), label="Normal")

        (sent,) = api.calls("POST", "/upload-data")
        assert image in sent.body
        assert f'filename="{name}"'.encode() in sent.body

    def test_films_are_dropped_only_once_their_class_is_chosen(self, api: FakeApi) -> None:
        page = open_train()
        assert not mounted(page, image_sender.ZONE)

        assert "A finding, kind unknown" in page.selectbox(key="upload-class").options
        page.selectbox(key="upload-class").set_value("finding").run()

        assert not page.exception
        assert shown_by(page, image_sender.ZONE) == {
            "words": {}, "store": "training", "label": "finding", "source": "",
        }  # fmt: skip

    def test_class_folders_are_sent_without_a_label(self, api: FakeApi) -> None:
        api.answer("POST", "/upload-data", UPLOADED)
        page = open_train()
        page.selectbox(key="upload-class").set_value(BY_FOLDER).run()
        assert shown_by(page, image_sender.ZONE)["label"] == ""
        assert "One folder for each class: COVID-19" in texts(page)

        send_training_images(page, ("Normal/a.png", png()))

        (sent,) = api.calls("POST", "/upload-data")
        assert b'name="label"' not in sent.body
        assert b'filename="Normal/a.png"' in sent.body

    def test_the_counts_are_those_after_the_upload(self, api: FakeApi) -> None:
        api.answer("POST", "/upload-data", UPLOADED)

        send_training_images(open_train(), ("a.png", png()), label="Normal")

        paths = [request.path for request in api.requests]
        last_count = len(paths) - 1 - paths[::-1].index("/samples/summary")
        assert last_count > paths.index("/upload-data")

    def test_films_wait_in_the_browser_while_the_api_is_away(self, api: FakeApi) -> None:
        page = open_train()
        api.close()

        send_training_images(page, ("a.png", png()), ("b.png", png()), label="Normal", left=30)

        assert not page.exception
        sender = shown_by(page, image_sender.SENDER)
        assert sender["again"] == ["film-0", "film-1"]
        assert "cannot be reached" in sender["problem"]

    def test_the_outcomes_are_there_again_after_another_page(self, api: FakeApi) -> None:
        api.answer("POST", "/upload-data", UPLOADED)
        page = send_training_images(open_train(), ("a.png", png()), label="Normal")
        word = page.query_params["upload"]

        # A change of page empties the address.
        del page.query_params["upload"]
        page.run()

        assert page.query_params["upload"] == word
        assert "Last upload: 6 stored" in texts(page)


class TestSites:
    def test_a_new_site_goes_along_with_the_films_that_are_dropped(self, api: FakeApi) -> None:
        api.answer("POST", "/upload-data", UPLOADED)
        page = AppTest.from_string(TRAIN, default_timeout=TIMEOUT_S)
        page.session_state["source"] = " St.  Paul "
        page.run()
        assert page.selectbox(key="source").proto.accept_new_options
        page.selectbox(key="upload-class").set_value("finding").run()

        assert not page.exception
        assert shown_by(page, image_sender.ZONE)["source"] == "St. Paul"
        assert page.query_params["source"] == "St. Paul"
        send_training_images(page, ("a.png", png()), label="finding", source="St. Paul")

        (sent,) = api.calls("POST", "/upload-data")
        assert b'name="source"\r\n\r\nSt. Paul' in sent.body

    def test_every_site_that_is_known_is_offered_once(self, api: FakeApi) -> None:
        api.answer(
            "GET",
            "/status",
            answers.status(
                sites=[answers.site("St. Anna")],
                site_versions=[{"site": "st. anna", "version": "v2", "problem": None}],
                streams=[
                    answers.shifted_stream(source="Ward 3"),
                    answers.shifted_stream(source=None),
                ],
            ),
        )
        plan = answers.recorded("plan") | {"sources": {"": 4, "Old Hospital": 2}}
        api.answer("GET", "/retrain/plan", plan)

        options = open_train().selectbox(key="source").options

        assert options == ["no site", "Old Hospital", "St. Anna", "Ward 3"]

    def test_what_is_missed_without_a_site_is_said_before_and_after(self, api: FakeApi) -> None:
        advice = "9 of 9 films name no site: name it."
        api.answer("GET", "/retrain/plan", answers.recorded("plan") | {"no_site": advice})
        job = answers.site_promotion()
        judged = {**job, "verdict": {**job["verdict"], "no_site": "7 of 9 films name no site."}}
        api.answer("GET", "/retrain", {"jobs": [judged]})

        page = open_page("train")

        assert advice in texts(page)
        assert "7 of 9 films name no site." in texts_of(page, "info")

    def test_the_trade_is_said_and_a_person_may_decide_otherwise(self, api: FakeApi) -> None:
        api.answer("GET", "/retrain", {"jobs": [answers.site_promotion()]})
        promoted = {**answers.recorded("promote"), "version": "v4", "overrides": ["labels"]}
        api.answer("POST", "/models/v4/promote", promoted)
        page = open_page("train")

        assert "On 24 new held-out films it gained." in texts(page)
        assert "Promoted for St. Anna, not for everybody: " in texts_of(page, "success")
        assert page.radio(key="otherwise-whom").options == ["Everybody (v3)", "St. Paul (v4)"]
        assert "These figures are of v4, with weights and a profile" in texts(page)
        page.radio(key="otherwise-whom").set_value("St. Paul")
        page.text_input(key="otherwise-reason").set_value("They asked for it.")
        page.button(key="otherwise").click().run()

        (call,) = api.calls("POST", "/models/v4/promote")
        assert call.path.endswith("?source=St.+Paul")
        assert "v4 answers St. Paul from now on. This overrides the gate: labels." in texts(page)
