"""What a verdict says of new films that name no site."""

from pathlib import Path

import pytest

from api.inputs.discovery import LabelledImage
from api.model_card.promotion_policy import Check, Verdict
from api.training.data.sample_set import SOURCE
from api.training.data.splits import HOLDOUT, TRAIN
from api.training.pipelines.sites.unnamed_images import with_advice

KEPT = Verdict.of([Check("gain", False, "No gain.")])


def image(source: str) -> LabelledImage:
    return LabelledImage(Path("a.png"), "Normal", source, None, "0" * 64)


NEW = {TRAIN: [image(SOURCE), image("St. Anna")], HOLDOUT: [image(SOURCE)]}


def test_a_version_that_is_not_for_everybody_says_how_it_could_be_for_a_site() -> None:
    advised = with_advice(KEPT, NEW, has_sites=True)

    assert advised.no_site.startswith("2 of 3 films name no site")
    assert "a version of its own" in advised.no_site
    assert Verdict.from_json(advised.to_json()) == advised


@pytest.mark.parametrize(
    ("verdict", "new", "has_sites"),
    [
        (Verdict.of([Check("gain", True, "A gain.")]), NEW, True),
        (KEPT, {TRAIN: [image("St. Anna")]}, True),
        (KEPT, NEW, False),
    ],
)
def test_nothing_is_said_where_nothing_is_missed(
    verdict: Verdict, new: dict[str, list[LabelledImage]], has_sites: bool
) -> None:
    assert with_advice(verdict, new, has_sites=has_sites) == verdict
