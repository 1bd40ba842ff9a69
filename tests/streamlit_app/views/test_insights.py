"""The page Insights as a person sees it, against the fake API."""

import pytest

import example_images
from captions import model_captions
from tests.streamlit_app import answers
from tests.streamlit_app.fake_api import FakeApi
from tests.streamlit_app.page_checks import open_page, texts

COLLECTED = {figures["label"]: figures["count"] for figures in answers.samples()["classes"]}


class TestInsights:
    @pytest.mark.usefixtures("api")
    def test_every_figure_has_its_reading(self) -> None:
        page = open_page("insights")

        assert not page.exception
        assert model_captions.training(answers.card()["training"]["history"]) in texts(page)
        assert f"Normal has the most films ({COLLECTED['Normal']} of " in texts(page)
        assert len(page.get("vega_lite_chart")) == 6

    def test_classes_without_images_show_example_images_with_their_sources(
        self, api: FakeApi
    ) -> None:
        few = answers.samples(Normal=3)
        sha256 = next(c for c in few["classes"] if c["examples"])["examples"][0]
        api.answer("GET", "/samples/summary", few)

        page = open_page("insights")

        assert "an example film stands there" in texts(page)
        assert len(api.calls("GET", f"/samples/{sha256}/thumbnail.png")) == 1
        captions = [
            caption for picture in page.get("image") for caption in getattr(picture, "captions", ())
        ]
        covid = example_images.example_of_class("pneumonia", "COVID-19")
        assert covid is not None
        assert covid.credit in captions
        assert "No film yet." in texts(page)
