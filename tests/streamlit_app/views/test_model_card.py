"""The page Model card as a person sees it, against the fake API."""

import pytest

from captions import model_captions
from tests.streamlit_app import answers
from tests.streamlit_app.fake_api import FakeApi
from tests.streamlit_app.page_checks import open_page, texts, texts_of

CARD = answers.card()
HELD_OUT = CARD["metrics"]["holdout"]["overall"]


class TestModelCard:
    @pytest.mark.usefixtures("api")
    def test_every_section_has_its_figures_and_readings(self) -> None:
        page = open_page("model_card")

        assert not page.exception
        headings = [heading.value for heading in page.subheader]
        assert headings == [
            "Model details",
            "Intended use",
            "Limits and failure modes",
            "Data by split, source and class",
            f"On {HELD_OUT['n']} held-out films",
            "ROC and operating points",
            "Does a score mean what it says?",
            "By class",
            "Coverage against error",
            "Pictures unlike the training films",
            "What the heat map is worth",
            "Stability under small changes",
            "Reduced precision (int8)",
            "Training record",
            "How to make it again",
        ]
        assert model_captions.confusion(CARD["classes"], HELD_OUT["confusion"]) in texts(page)
        assert model_captions.deletion(CARD["heatmap"]) in texts(page)
        assert model_captions.reduced(CARD["reduced"]) in texts(page)
        assert page.code[0].value == "python -m api train --data films"
        assert len(page.get("vega_lite_chart")) == 8
        assert not page.info

    def test_sites_with_a_profile_of_the_version_are_shown(self, api: FakeApi) -> None:
        sites = [answers.site("Here"), answers.site("Elsewhere", version="v1")]
        api.answer("GET", "/status", answers.status(sites=sites))

        page = open_page("model_card")

        assert not page.exception
        assert page.selectbox(key="card-site").options == ["Here"]
        assert "each film judged by a profile that was made without it" in texts(page)

    @pytest.mark.usefixtures("api")
    def test_the_version_that_serves_is_shown_first_and_others_can_be(self) -> None:
        page = open_page("model_card")
        versions = page.selectbox(key="card-version")
        assert versions.options == ["v2 (serves)", "v1"]

        versions.set_value("v1").run()

        assert not page.exception
        assert "Version v1 for the task pneumonia" in texts(page)

    @pytest.mark.usefixtures("api")
    def test_an_old_card_says_plainly_what_it_does_not_have(self) -> None:
        page = open_page("model_card")

        page.selectbox(key="card-version").set_value("v1").run()

        assert not page.exception
        absent = texts_of(page, "info")
        for what in (
            "failure modes",
            "curves",
            "rule for uncertain scores",
            "rule for pictures unlike",
            "deletion test",
            "test of stability",
            "command",
        ):
            assert what in absent
        assert "confused most" in texts(page)

    def test_a_card_without_held_out_figures_is_shown_without(self, api: FakeApi) -> None:
        api.answer("GET", "/models/v2/card", {**CARD, "metrics": {}})

        page = open_page("model_card")

        assert not page.exception
        assert "no held-out figures" in texts(page)

    def test_a_card_that_cannot_be_read_is_told_below_the_choice(self, api: FakeApi) -> None:
        api.refuse("GET", "/models/v2/card", "The card cannot be read.", status=409)

        page = open_page("model_card")

        assert page.warning[0].value == "The card cannot be read."
        assert page.selectbox(key="card-version").value == "v2"


class TestItsAddress:
    def test_it_opens_the_version_that_it_names(self, api: FakeApi) -> None:
        page = open_page("model_card", version="v1")

        assert not page.exception
        assert page.selectbox(key="card-version").value == "v1"
        assert api.calls("GET", "/models/v1/card")

    @pytest.mark.usefixtures("api")
    def test_it_follows_the_choice_also_back_to_the_one_that_serves(self) -> None:
        page = open_page("model_card")
        assert "version" not in page.query_params

        page.selectbox(key="card-version").set_value("v1").run()
        assert page.query_params["version"] == "v1"
        page.selectbox(key="card-version").set_value("v2").run()

        assert page.query_params["version"] == "v2"
        assert page.selectbox(key="card-version").value == "v2"

    @pytest.mark.usefixtures("api")
    def test_of_a_version_that_is_gone_it_says_so_and_shows_what_serves(self) -> None:
        page = open_page("model_card", version="v77")

        assert "There is no version 'v77' here any more." in texts_of(page, "warning")
        assert page.selectbox(key="card-version").value == "v2"
        assert "version" not in page.query_params


class TestSites:
    def test_the_sites_that_a_version_answers_are_shown_with_the_way_back(
        self, api: FakeApi
    ) -> None:
        api.answer("GET", "/models", answers.site_versions())
        api.answer("POST", "/models/rollback", answers.recorded("rollback"))
        page = open_page("model_card")

        assert "St. Anna: answered by v2" in texts(page)
        page.text_input(key="rollback-reason-St. Anna").set_value("Worse at night.")
        page.button(key="rollback-St. Anna").click().run()

        assert len(api.calls("POST", "/models/rollback")) == 1
        assert "answers St. Anna now." in texts(page)
