"""`POST /predict`: referring, operating points and the share of ill people."""

import pytest
from PIL import Image
from starlette.testclient import TestClient

from api.model_card.card_file import read_card, write_card
from api.model_card.decision_rules import Band, ReferRule
from api.registry.store import card_path
from api.settings import Settings
from tests.support import images
from tests.support.checkpoints import TinyCheckpoint
from tests.web.response_checks import answer, predict, problem
from tests.web.routes.servers import running


class TestReferring:
    def test_an_image_like_those_it_learned_from_is_answered(
        self, shared_client: TestClient
    ) -> None:
        body = answer(predict(shared_client, images.png()))

        assert body["decision"] in {"negative", "positive"}
        assert body["causes"] == []
        assert 0 < body["unlikeness"] < 1
        assert body["ood_score"] == body["unlikeness"]

    @pytest.mark.parametrize(
        ("picture", "words"),
        [
            (images.image().point(lambda level: 100 + level // 8), "nearly constant"),
            (images.image(size_px=64), "only 64 x 64 pixels"),
            (images.image().resize((800, 150)), "5.3 times as long as wide"),
            (images.image().convert("1"), "cannot be seen any more"),
        ],
        ids=["constant", "small", "long", "1-bit"],
    )
    def test_a_poor_picture_is_left_to_a_person(
        self, shared_client: TestClient, picture: Image.Image, words: str
    ) -> None:
        body = answer(predict(shared_client, images.encoded(picture, "PNG")))

        assert body["decision"] == "refer"
        assert "poor_quality" in body["causes"]
        assert any(words in reason for reason in body["reasons"])

    def test_what_is_no_image_is_left_to_a_person(self, shared_client: TestClient) -> None:
        body = answer(predict(shared_client, images.noise()))

        assert (body["decision"], body["causes"]) == ("refer", ["unlike"])
        assert body["unlikeness"] > 1
        assert "unlike the chest films" in body["reasons"][0]

    @pytest.mark.parametrize(
        ("max_error", "causes"), [(None, ["uncertain"]), (0.1, []), (0.07, ["uncertain"])]
    )
    def test_the_settings_bound_of_error_says_which_scores_are_referred(
        self, settings: Settings, max_error: float | None, causes: list[str]
    ) -> None:
        path = card_path(settings.default_model)
        everything = Band(max_error=0.05, low=0.0, high=1.0)
        nothing = Band(max_error=0.1, low=1.0, high=0.0)
        rule = ReferRule(chosen_on="validation", n=40, max_error=0.05, bands=(everything, nothing))
        write_card(path, read_card(path).model_copy(update={"refer": rule}))

        with running(settings.model_copy(update={"max_error": max_error})) as client:
            body = answer(predict(client, images.png()))

        assert body["causes"] == causes
        assert (body["decision"] == "refer") == bool(causes)


class TestOperatingPoints:
    @pytest.mark.parametrize(
        ("name", "decision"), [("screening", "positive"), ("confirm", "negative")]
    )
    def test_another_cut_decides_otherwise(
        self, shared_client: TestClient, tiny: TinyCheckpoint, name: str, decision: str
    ) -> None:
        """The tiny checkpoint's cuts take all or nothing."""
        response = shared_client.post(
            "/predict", files={"file": images.png()}, params={"operating_point": name}
        )

        body = answer(response)
        assert (body["operating_point"], body["decision"]) == (name, decision)
        assert body["threshold"] == pytest.approx(tiny.card.operating_points[name].threshold)
        assert f"({name} operating point)" in body["reasons"][-1]

    def test_an_unknown_one_is_refused_with_those_there_are(self, client: TestClient) -> None:
        response = client.post(
            "/predict", files={"file": images.png()}, params={"operating_point": "brave"}
        )

        problem(response, 422, "no operating point 'brave'", "balanced, confirm, screening")
        assert answer(client.get("/predictions"))["predictions"] == []

    def test_a_name_that_is_no_name_is_refused(self, shared_client: TestClient) -> None:
        response = shared_client.post(
            "/predict", files={"file": images.png()}, params={"operating_point": "x" * 41}
        )

        problem(response, 422, "'operating_point'")

    def test_the_settings_say_which_one_decides(self, settings: Settings) -> None:
        chosen = settings.model_copy(update={"operating_point": "confirm", "prevalence": 0.2})

        with running(chosen) as client:
            usual = answer(predict(client, images.png()))
            asked = answer(
                client.post(
                    "/predict",
                    files={"file": images.png()},
                    params={"operating_point": "screening", "prevalence": 0.6},
                )
            )

        assert (usual["operating_point"], usual["prevalence"]) == ("confirm", 0.2)
        assert (asked["operating_point"], asked["prevalence"]) == ("screening", 0.6)


class TestPrevalence:
    def test_it_changes_what_answers_mean_and_not_which_images_are_positive(
        self, client: TestClient, tiny: TinyCheckpoint
    ) -> None:
        usual = answer(predict(client, images.png()))

        rare, common = (
            answer(
                client.post("/predict", files={"file": images.png()}, params={"prevalence": share})
            )
            for share in (0.02, 0.98)
        )

        assert usual["prevalence"] == tiny.card.prevalence
        assert rare["probabilities"]["Normal"] > usual["probabilities"]["Normal"]
        assert rare["score"] < usual["score"] < common["score"]
        assert rare["ppv"] < usual["ppv"] < common["ppv"]
        assert rare["npv"] > usual["npv"] > common["npv"]
        assert rare["decision"] == usual["decision"] == common["decision"]

    def test_what_is_no_share_is_refused(self, client: TestClient) -> None:
        for share in ("0", "1", "-0.5", "1.5", "nan", "inf", "often"):
            response = client.post(
                "/predict", files={"file": images.png()}, params={"prevalence": share}
            )

            problem(response, 422, "'prevalence'")


class TestAnotherPrevalence:
    def test_a_stored_answer_is_given_for_it_without_the_film(
        self, shared_client: TestClient
    ) -> None:
        files = {"file": ("film.png", images.png(), "image/png")}
        expected = answer(shared_client.post("/predict?prevalence=0.05", files=files))
        usual = answer(predict(shared_client, images.png()))
        path = f"/predictions/{usual['id']}"

        found = answer(shared_client.get(path, params={"prevalence": 0.05}))

        assert found["probabilities"] == pytest.approx(expected["probabilities"])
        for name in ("score", "threshold", "ppv", "npv", "prevalence"):
            assert found[name] == pytest.approx(expected[name]), name
        assert found["decision"] == usual["decision"]
        # Nothing of it is kept.
        assert answer(shared_client.get(path))["prevalence"] == usual["prevalence"]

    @pytest.mark.parametrize("prevalence", ["0", "1", "many"])
    def test_one_that_is_none_is_refused(self, shared_client: TestClient, prevalence: str) -> None:
        usual = answer(predict(shared_client, images.png()))

        path = f"/predictions/{usual['id']}?prevalence={prevalence}"
        problem(shared_client.get(path), 422, "prevalence")
