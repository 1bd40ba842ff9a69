"""Where the network looked: in an answer, and as a picture."""

import io
import itertools
from datetime import timedelta

import httpx2 as httpx
import numpy as np
import pytest
from PIL import Image
from sqlalchemy import delete
from starlette.testclient import TestClient

from api.clock import now
from api.records.database import writing
from api.records.tables import heatmaps
from api.records.upkeep.prediction_retention import Retention, prune_heatmaps
from tests.support import images
from tests.web.response_checks import answer, predict, problem


class TestExplaining:
    def test_where_the_network_looked_is_told_when_asked_for(
        self, shared_client: TestClient
    ) -> None:
        response = shared_client.post(
            "/predict", files={"file": images.png()}, params={"explain": True}
        )

        body = answer(response)
        explanation, logits = body["explanation"], np.log(list(body["probabilities"].values()))
        assert explanation["label"] == body["label"]
        assert explanation["heatmap"] == f"/predictions/{body['id']}/heatmap.png"
        assert np.shape(explanation["evidence"]) == (7, 7)
        assert np.mean(explanation["evidence"]) == pytest.approx(
            logits.max() - logits.mean(), abs=0.02
        )

    def test_without_asking_it_is_not(self, shared_client: TestClient) -> None:
        assert answer(predict(shared_client, images.png()))["explanation"] is None

    def test_it_can_be_asked_for_later(self, shared_client: TestClient) -> None:
        answered = answer(
            shared_client.post("/predict", files={"file": images.png()}, params={"explain": True})
        )

        again = answer(
            shared_client.get(f"/predictions/{answered['id']}", params={"explain": True})
        )

        assert again["explanation"] == answered["explanation"]


class TestTheHeatmap:
    def heatmap(self, client: TestClient, image: str, **params: str | int) -> httpx.Response:
        return client.get(f"/predictions/{image}/heatmap.png", params=params)

    def test_it_is_a_picture_to_lay_over_the_image(self, shared_client: TestClient) -> None:
        body = answer(predict(shared_client, images.png()))

        response = self.heatmap(shared_client, body["id"])

        picture = Image.open(io.BytesIO(response.content))
        assert response.headers["content-type"] == "image/png"
        assert response.headers["cache-control"] == "no-store"
        assert (picture.format, picture.size) == ("PNG", (224, 224))
        assert picture.convert("RGBA").getchannel("A").getextrema() == (0, 255)
        assert (
            self.heatmap(shared_client, body["id"], label=body["label"]).content == response.content
        )

    def test_each_class_has_its_own(self, shared_client: TestClient) -> None:
        body = answer(predict(shared_client, images.png()))

        drawn = {
            self.heatmap(shared_client, body["id"], label=c).content for c in body["probabilities"]
        }

        assert len(drawn) == 4

    def test_it_is_brightest_where_the_evidence_is_largest(self, shared_client: TestClient) -> None:
        body = answer(
            shared_client.post("/predict", files={"file": images.png()}, params={"explain": True})
        )

        response = self.heatmap(shared_client, body["id"], width=7, height=7)

        alpha = np.asarray(Image.open(io.BytesIO(response.content)).convert("RGBA"))[..., 3]
        assert alpha.argmax() == np.argmax(body["explanation"]["evidence"])

    def test_it_has_the_size_that_is_wanted(self, shared_client: TestClient) -> None:
        image = answer(predict(shared_client, images.png()))["id"]

        response = self.heatmap(shared_client, image, width=7, height=2048)

        assert Image.open(io.BytesIO(response.content)).size == (7, 2048)

    def test_a_size_out_of_range_is_refused(self, shared_client: TestClient) -> None:
        image = answer(predict(shared_client, images.png()))["id"]

        for side, size_px in itertools.product(("width", "height"), ("6", "2049", "-7", "wide")):
            problem(self.heatmap(shared_client, image, **{side: size_px}), 422, f"'{side}'")

    def test_an_unknown_class_is_refused_with_those_there_are(
        self, shared_client: TestClient
    ) -> None:
        image = answer(predict(shared_client, images.png()))["id"]

        problem(
            self.heatmap(shared_client, image, label="Tumour"), 422, "'Tumour'", "COVID-19, Normal"
        )

    def test_an_unknown_answer_has_none(self, shared_client: TestClient) -> None:
        problem(self.heatmap(shared_client, "none"), 404, "No prediction with id 'none'")

    def test_one_that_was_pruned_for_its_age_says_which_setting_did_it(
        self, client: TestClient
    ) -> None:
        image = answer(predict(client, images.png()))["id"]
        database = client.app.state.services.records.database  # type: ignore[attr-defined]
        later = now() + timedelta(days=91)
        assert prune_heatmaps(database, Retention(heatmaps_days=90), later, task="pneumonia") == 1

        problem(self.heatmap(client, image), 404, "ROENTGEN_KEEP_HEATMAPS_DAYS")
        problem(client.get(f"/predictions/{image}", params={"explain": True}), 404, "HEATMAPS_DAYS")
        answer(client.get(f"/predictions/{image}"))

    def test_an_answer_of_an_earlier_program_has_none(self, client: TestClient) -> None:
        image = answer(predict(client, images.png()))["id"]
        with writing(client.app.state.services.records.database) as connection:  # type: ignore[attr-defined]
            connection.execute(delete(heatmaps))

        problem(self.heatmap(client, image), 404, "send the film again")
        problem(client.get(f"/predictions/{image}", params={"explain": True}), 404)
