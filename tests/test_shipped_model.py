"""The shipped model is what its card says, and small enough to clone."""

import pytest

from api.decision.decide import DecisionPolicy
from api.decision.references import load_references
from api.inputs.images.decoding import Limits
from api.model_card.card_file import read_card
from api.model_card.table_card import TableCard
from api.registry.holdout import read_holdout
from api.registry.store import (
    Checkpoint,
    card_path,
    holdout_path,
    int8_path,
    reference_path,
    replay_path,
    shipped_compiled_path,
    verify_weights,
)
from api.reports.card_page import card_page
from api.reports.curves_svg import curves_svg
from api.reports.table_page import table_page, trace_svg
from api.serving.engine import Engine
from api.serving.predictor import ImagePredictor
from api.settings import ROOT
from api.training.data.replay_memory import load_memory
from tests.support import example_images
from tests.support.iris import WEIGHTS as IRIS
from tests.support.iris import iris_checkpoint

WEIGHTS = ROOT / "models/mobilenet_pneumonia_finetuned.h5"


@pytest.fixture(scope="module")
def predictor() -> ImagePredictor:
    """The int8 form: it needs no compilation, and its labels are those of the other."""
    shipped = Checkpoint(WEIGHTS, read_card(card_path(WEIGHTS)))
    engine = Engine(shipped, int8_path(WEIGHTS), interpreters=1, precision="int8")
    return ImagePredictor(engine, Limits(), DecisionPolicy())


class TestShippedModel:
    def test_its_weights_are_the_ones_its_card_describes(self) -> None:
        verify_weights(Checkpoint(WEIGHTS, read_card(card_path(WEIGHTS))))

    def test_its_page_is_rendered_from_its_card(self) -> None:
        page = WEIGHTS.with_suffix(".md").read_text(encoding="utf-8")
        picture = WEIGHTS.with_suffix(".svg")
        card = read_card(card_path(WEIGHTS))

        assert page == card_page(card, picture=picture.name)
        assert picture.read_text(encoding="utf-8") == curves_svg(card)

    def test_it_is_small_enough_to_clone(self) -> None:
        assert WEIGHTS.stat().st_size < 15_000_000

    def test_the_card_meets_the_floor_that_was_set(self) -> None:
        holdout = read_card(card_path(WEIGHTS)).metrics["holdout"]
        kermany, adults = holdout.per_source["kermany"], holdout.per_source["radiography"]

        assert (holdout.overall.accuracy or 0) >= 0.87
        assert (kermany.auroc or 0) >= 0.975
        assert (adults.specificity or 0) >= 0.90

    def test_its_hold_out_can_never_be_learned_from(self) -> None:
        counted = read_card(card_path(WEIGHTS)).data.counts["holdout"]

        images = sum(sum(row.values()) for row in counted.values())
        assert len(read_holdout(holdout_path(WEIGHTS))) == images

    def test_it_remembers_enough_to_be_retrained(self) -> None:
        card = read_card(card_path(WEIGHTS))
        assert card.replay is not None
        memory = load_memory(replay_path(WEIGHTS), card.replay)

        assert {part: len(images) for part, images in memory.splits.items()} == {
            "train": 400, "validation": 205, "holdout": 605,
        }  # fmt: skip
        held_out = {bytes(row).hex() for row in read_holdout(holdout_path(WEIGHTS)).sha256}
        assert set(memory.splits["holdout"].sha256) <= held_out
        assert not set(memory.splits["train"].sha256) & held_out

    def test_the_card_says_when_and_how_to_refer(self) -> None:
        card = read_card(card_path(WEIGHTS))

        assert set(card.operating_points) == {"balanced", "screening", "confirm"}
        assert card.refer is not None
        assert card.outliers is not None
        load_references(reference_path(WEIGHTS), sha256=card.outliers.reference_sha256)
        assert card.heatmap is not None
        assert card.heatmap.hottest > card.heatmap.random


class TestShippedIrisModel:
    def test_weights_card_and_compiled_form_belong_together(self) -> None:
        found = iris_checkpoint()

        verify_weights(found)
        Engine(found, shipped_compiled_path(IRIS), interpreters=1).check()

    def test_its_page_and_its_training_trace_are_rendered_from_its_card(self) -> None:
        card, picture = iris_checkpoint().card, IRIS.with_suffix(".svg")
        assert isinstance(card, TableCard)

        page = IRIS.with_suffix(".md").read_text(encoding="utf-8")
        assert page == table_page(card, picture=picture.name)
        assert picture.read_text(encoding="utf-8") == trace_svg(card)

    def test_it_tells_the_three_species(self) -> None:
        measured = iris_checkpoint().card.metrics["holdout"].overall

        assert (measured.n, measured.accuracy or 0) >= (30, 0.9)


class TestExampleImages:
    @pytest.mark.parametrize("name", sorted(example_images.documented_answers()))
    def test_each_is_answered_as_its_page_says(self, predictor: ImagePredictor, name: str) -> None:
        expected = example_images.documented_answers()[name]

        decision = predictor.predict((example_images.FOLDER / name).read_bytes()).decision

        assert (decision.label, decision.decision) == (expected.label, expected.decision)
        assert decision.confidence == pytest.approx(expected.confidence, abs=0.05)
