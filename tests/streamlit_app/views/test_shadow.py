"""What another version would have answered, on the page Versions, against the fake API."""

import json

import pytest

from tests.streamlit_app import answers, watched
from tests.streamlit_app.fake_api import FakeApi
from tests.streamlit_app.page_checks import metrics, open_page, texts, texts_of

PATH = "/models/v1/shadow"


def run(api: FakeApi) -> None:
    api.answer("GET", "/models", answers.models(in_shadow="v1"))
    api.answer("GET", PATH, watched.shadow())


class TestShadow:
    @pytest.mark.usefixtures("api")
    def test_a_version_that_never_ran_can_be_started(self, api: FakeApi) -> None:
        api.answer("POST", PATH, watched.shadow())
        page = open_page("versions")
        assert "It never ran in shadow." in texts(page)
        assert page.selectbox(key="shadow-version").options == ["v1"]

        page.button(key="start-shadow").click().run()

        assert not page.exception
        assert len(api.calls("POST", PATH)) == 1
        assert "v1 runs in shadow from now on." in texts_of(page, "success")

    def test_it_is_compared_before_it_is_promoted(self, api: FakeApi) -> None:
        run(api)

        page = open_page("versions")

        assert not page.exception
        assert "Would have answered differently" in texts(page)
        found = metrics(page)
        assert found["Same decision"] == "95.0 %"
        assert "95 % interval: 83.0 % to 99.0 %" in texts(page)
        assert (found["Kappa"], found["Same class"]) == ("0.890", "92.5 %")
        assert "40 films, 5 left out" in texts(page)
        (crossed,) = [d.value for d in page.dataframe if "v1: positive" in d.value]
        assert crossed.to_dict("records") == [
            {"answered": "negative", "v1: negative": 20, "v1: positive": 1},
            {"answered": "positive", "v1: negative": 0, "v1: positive": 18},
            {"answered": "refer", "v1: negative": 0, "v1: positive": 1},
        ]
        (differ,) = [d.value for d in page.dataframe if "would have been" in d.value]
        assert list(differ["answered"]) == ["negative, 10.0 %", "refer, 45.0 %"]
        assert next(iter(differ["answer"])) == "answers?prediction=p1"

    def test_it_is_ended(self, api: FakeApi) -> None:
        run(api)
        api.answer("DELETE", PATH, watched.shadow(is_running=False))
        page = open_page("versions")

        page.button(key="stop-shadow").click().run()

        assert not page.exception
        assert len(api.calls("DELETE", PATH)) == 1

    def test_a_refusal_is_shown(self, api: FakeApi) -> None:
        api.refuse("POST", PATH, "Version 'v3' runs in shadow.", status=409)
        page = open_page("versions")

        page.button(key="start-shadow").click().run()

        assert not page.exception
        assert "Version 'v3' runs in shadow." in texts_of(page, "warning")

    def test_while_another_one_runs_it_cannot_be_started(self, api: FakeApi) -> None:
        api.answer("GET", "/models", answers.models(in_shadow="v9"))

        page = open_page("versions")

        assert page.button(key="start-shadow").disabled
        assert "v9 runs in shadow" in texts(page)

    def test_with_one_version_there_is_nothing_to_compare(self, api: FakeApi) -> None:
        only = [m for m in answers.models()["models"] if m["is_champion"]]
        api.answer("GET", "/models", answers.models(models=only))

        page = open_page("versions")

        assert not page.exception
        assert "shadow-version" not in json.dumps([box.key for box in page.selectbox])
