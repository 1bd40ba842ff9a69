"""A stream of films of another hospital, over HTTP."""

from collections.abc import Iterator

import numpy as np
import pytest
from PIL import ImageFilter
from starlette.testclient import TestClient

from api.decision.stream_shift.reference import ShiftReference
from api.inputs.images.acquisition import N_FEATURES, acquisition_features
from api.model_card.card_file import read_card, write_card
from api.model_card.sites.shift_rule import ShiftRule
from api.model_card.sites.site_profile import SiteFit
from api.registry.store import card_path, shift_path
from api.services import Services
from api.settings import Settings
from tests.conftest import ready_client
from tests.decision.stream_shift import known_images
from tests.support import images
from tests.support.site_profiles import fit
from tests.support.waiting import wait_until
from tests.web.response_checks import Documented, answer

IMAGES = 8


def blurred(seed: int) -> bytes:
    """A film of equipment that nobody knows: dark, and not sharp."""
    image = images.image(seed=seed).filter(ImageFilter.GaussianBlur(6)).point(lambda g: g // 3)
    return images.encoded(image, "PNG")


@pytest.fixture
def watching(settings: Settings) -> Settings:
    """A server whose checkpoint knows generated films, and looks at eight."""
    spec, none = read_card(card_path(settings.default_model)).preprocessing, np.zeros(0, np.int64)
    pictures = [spec.resize(np.asarray(images.image(seed=number))) for number in range(40)]
    known = ShiftReference(
        (), np.zeros((0, N_FEATURES), np.float32), none, np.zeros((0, 2), np.float32), none
    ).with_group(
        "generated / Normal",
        np.stack([acquisition_features(picture) for picture in pictures]),
    )
    content = known_images.write(shift_path(settings.default_model), known)
    give_rule(settings, known_images.rule(content, windows=(IMAGES,), threshold=0.5, every=2))
    return settings


def give_rule(settings: Settings, rule: ShiftRule) -> None:
    card = read_card(card_path(settings.default_model))
    write_card(card_path(settings.default_model), card.model_copy(update={"shift": rule}))


@pytest.fixture
def client(watching: Settings, documented: Documented) -> Iterator[TestClient]:
    with ready_client(watching, documented) as client:
        yield client


def send(client: TestClient, image: bytes, source: str | None = None) -> dict[str, object]:
    params = {"source": source} if source else {}
    found: dict[str, object] = answer(client.post("/predict", files={"file": image}, params=params))
    return found


def stream(client: TestClient, source: str | None) -> dict[str, object]:
    found = answer(client.get("/status"))["streams"]
    return next((each for each in found if each["source"] == source), {"shifted": None, "n": 0})


def send_until_looked_at(client: TestClient, *, unknown: bool, source: str | None = None) -> None:
    for seed in range(50, 50 + IMAGES):
        send(client, blurred(seed) if unknown else images.png(seed), source)
    wait_until(lambda: stream(client, source)["shifted"] is not None, "the stream was looked at")


class TestAnotherHospital:
    def test_its_answers_say_so_and_those_of_others_do_not(self, client: TestClient) -> None:
        first = send(client, blurred(1), "far away")
        assert first["site_shift"] is None

        send_until_looked_at(client, unknown=True, source="far away")
        send_until_looked_at(client, unknown=False)

        there, here = send(client, blurred(2), "far away"), send(client, images.png(2))
        assert (there["site_shift"], here["site_shift"]) == (True, False)
        assert "of 'far away' are unlike those of every hospital" in str(there["reasons"])
        assert "not promised" in str(there["reasons"])
        assert "not promised" not in str(here["reasons"])
        again = answer(client.get(f"/predictions/{there['id']}"))
        assert (again["site_shift"], again["reasons"]) == (True, there["reasons"])

    def test_status_says_since_when_by_which_test_and_what_differs(
        self, client: TestClient
    ) -> None:
        send_until_looked_at(client, unknown=True, source="far away")

        found = stream(client, "far away")
        assert (found["n"], found["test"], found["window"]) == (IMAGES, "mmd", IMAGES)
        assert found["since"] is not None
        assert float(str(found["excess"])) > 1
        assert float(str(found["p"])) < 0.01

        (detail,) = answer(client.get("/status/streams"))
        assert detail["reason"] == found["reason"] != ""
        words = {each["figure"]: each["words"] for each in detail["differences"]}
        assert (words["exposure"], words["sharpness"]) == ("darker", "less sharp")

    def test_a_batch_is_told_too(self, client: TestClient) -> None:
        send_until_looked_at(client, unknown=True, source="far away")

        sent = client.post(
            "/predict/batch",
            files=[("files", ("a.png", blurred(3)))],
            params={"source": "far away"},
        )

        assert answer(sent)["results"][0]["prediction"]["site_shift"] is True


class TestUnknownSiteSetting:
    def test_positive_answers_are_referred_where_it_is_so_set(
        self, watching: Settings, documented: Documented
    ) -> None:
        careful = watching.model_copy(update={"unknown_site": "refer"})
        with ready_client(careful, documented) as client:
            before = [send(client, blurred(seed), "far away") for seed in range(50, 50 + IMAGES)]
            wait_until(lambda: stream(client, "far away")["shifted"] is True, "it was shifted")
            after = [send(client, blurred(seed), "far away") for seed in range(50, 50 + IMAGES)]

            positive = next(
                seed
                for seed, earlier in zip(range(50, 50 + IMAGES), before, strict=True)
                if earlier["decision"] == "positive"
            )
            causes = {
                kind: decided_by(client, profile, blurred(positive))
                for kind, profile in profiles(float(str(before[0]["threshold"]))).items()
            }

        for earlier, later in zip(before, after, strict=True):
            was_positive = earlier["decision"] == "positive"
            assert ("unfamiliar_site" in list(later["causes"])) == was_positive  # type: ignore[call-overload]
            assert later["decision"] == ("refer" if was_positive else earlier["decision"])
        # Only a check of the site that passed says that it is known by now.
        assert {kind: "unfamiliar_site" in found for kind, found in causes.items()} == {
            "forced": True,
            "no-go": True,
            "passed": False,
        }


def profiles(threshold: float) -> dict[str, tuple[SiteFit, bool]]:
    """Each a profile that decides as the card does, and whether it is forced."""
    passed = fit(threshold=threshold, low=threshold, high=threshold, factor=100.0)
    forced = passed.model_copy(update={"objection": "Its scores hardly tell the films apart."})
    return {
        "forced": (forced, True),
        "no-go": (passed.model_copy(update={"verdict": "no-go"}), False),
        "passed": (passed, False),
    }


def decided_by(client: TestClient, profile: tuple[SiteFit, bool], image: bytes) -> list[str]:
    """The causes of an answer that a profile decided."""
    services: Services = client.app.state.services  # type: ignore[attr-defined]
    made, forced = profile
    applied = services.storage.sites.apply("far away", made, by="ann", reason="", forced=forced)
    services.serving.sites.refresh()
    given = send(client, image, "far away")
    assert given["site_profile"] == applied.id
    causes: list[str] = given["causes"]  # type: ignore[assignment]
    return causes


class TestWithoutARule:
    def test_no_stream_is_looked_at(self, shared_client: TestClient) -> None:
        assert send(shared_client, images.png(3))["site_shift"] is None
        assert answer(shared_client.get("/status/streams")) == []
