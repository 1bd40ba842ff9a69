"""Which labels of new films are doubted, and what the others say instead."""

import numpy as np

from api.tasks.task import Task
from api.training.assessment.label_doubts import DescribedImages, label_doubts

OF_A_CLASS, OF_A_KIND = 20, 100


def described(labels: list[str], shown: list[str], task: Task, *, seed: int) -> DescribedImages:
    """Films whose features tell what they show, whatever their label is."""
    rng = np.random.default_rng(seed)
    places = np.eye(len(task.labels))[[task.labels.index(label) for label in shown]]
    # Many that say the same, as of a network: the classifier is held back for having so many.
    features = np.repeat(places, OF_A_KIND, axis=1)
    features = features + rng.normal(0, 0.1, features.shape)
    return DescribedImages(features, np.array([task.target_of(label) for label in labels]))


class TestLabelDoubts:
    def test_the_class_that_the_others_expect_is_named(self, task: Task) -> None:
        shown = ["Normal", "Pneumonia-Viral", "COVID-19"] * OF_A_CLASS
        labels = ["Pneumonia-Viral", *shown[1:]]
        known = described(shown, shown, task, seed=1)

        doubts = label_doubts(
            described(labels, shown, task, seed=2), known, [str(n) for n in range(len(shown))], task
        )

        assert [(d.sha256, d.label, d.expected) for d in doubts.images] == [
            ("0", "Pneumonia-Viral", "Normal")
        ]
        assert (doubts.findings.rows, doubts.classes.rows) == ((0,), (0,))
        assert doubts.images[0].probability > 0.5

    def test_a_coarse_label_is_doubted_as_a_finding_and_no_class_is_named(self, task: Task) -> None:
        shown = ["Normal", "Pneumonia-Viral"] * OF_A_CLASS
        # The first two are wrong: a healthy one, and an ill one.
        labels = ["finding", "Normal", *["Normal", "finding"] * (OF_A_CLASS - 1)]
        new = described(labels, shown, task, seed=3)

        doubts = label_doubts(
            new,
            DescribedImages(new.features[:0], new.targets[:0]),
            [str(n) for n in range(len(shown))],
            task,
        )

        assert {(d.sha256, d.label, d.expected) for d in doubts.images} == {
            ("0", "finding", "Normal"),
            ("1", "Normal", "finding"),
        }
        assert doubts.classes.rows == ()
