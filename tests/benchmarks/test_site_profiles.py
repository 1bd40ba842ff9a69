"""The table of `benchmarks/model/site_profiles.py`: profiles judged on films they do not know."""

from argparse import Namespace

import numpy as np
import pytest

from api.evaluation.sites.site_profile import SiteImages
from api.tasks.task import Task
from benchmarks.model.site_profiles import Source, profile_rows, simulated
from tests.support.cards import card

CARD = card(threshold=0.5)


def source(name: str = "north", *, of_a_kind: int = 60) -> Source:
    """Every healthy film is called positive by the card; scores tell all films apart."""
    positive = np.arange(2 * of_a_kind) < of_a_kind
    scores = np.where(positive, 0.95, 0.7) + np.linspace(0, 0.02, 2 * of_a_kind)
    images = SiteImages(scores, positive, {}, np.zeros(2 * of_a_kind, dtype=bool))
    return Source(name, images, np.ones(2 * of_a_kind))


def test_images_that_tell_apart_are_answered_right_by_the_profile() -> None:
    by_card, by_profile = simulated(
        source(), CARD, 60, draws=3, operating_point="balanced", wanted_rate=0.97
    )

    # Healthy called positive, findings called negative, referred, wrong among answered.
    assert by_card.tolist() == [[1.0, 0.0, 0.0, 0.5]] * 3
    assert by_profile[:, 0] == pytest.approx([0, 0, 0], abs=0.1)
    assert by_profile[:, 2] == pytest.approx([0, 0, 0], abs=0.2)


def test_a_row_is_left_out_where_too_few_images_are_left_to_judge(task: Task) -> None:
    arguments = Namespace(films=[30, 50, 100], draws=2, operating_point="balanced")

    rows = profile_rows([source(of_a_kind=40)], CARD, task, arguments)

    assert [(row[0], row[2]) for row in rows] == [("north", "50")]
    assert rows[0][3].startswith("1.000 → 0.0")
