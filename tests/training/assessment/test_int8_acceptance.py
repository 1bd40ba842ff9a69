"""Whether int8 may stand in for fp32: each bound, at its edge."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from api.decision.out_of_distribution import METHODS
from api.evaluation.out_of_distribution import fit_reference
from api.inputs.discovery import LabelledImage
from api.model_card.decision_rules import OutlierRule
from api.model_card.metrics import DeletionTest
from api.model_card.quantization import Figure
from api.tasks.task import Task
from api.training.assessment.decision_rules import SplitPredictions
from api.training.assessment.int8_acceptance import Fp32Baseline, compare
from api.training.assessment.out_of_distribution import OOD_TRANSFORMS
from api.training.data.dataset import Decoded
from api.training.models.inference import NetworkOutputs

N = 400
NORMAL = 1


class Fake:
    """Gives the same for every call: what it was made with, cut to the films it is shown.

    `unlike` is the share of films, from the first on, whose early features are far off.
    """

    def __init__(self, logits: npt.NDArray[np.float32], *, unlike: float = 0.0) -> None:
        self.logits, self.unlike = logits, unlike

    def predict(self, images: npt.NDArray[np.uint8]) -> NetworkOutputs:
        n = len(images)
        early = np.zeros((n, 576), dtype=np.float32)
        early[: round(self.unlike * n)] = 1000.0
        return NetworkOutputs(
            self.logits[:n],
            early,
            np.zeros((n, 7, 7, 4), dtype=np.float32),
        )


@pytest.fixture
def holdout(task: Task) -> Decoded:
    labels = [task.labels[n % 4] for n in range(N)]
    xrays = tuple(
        LabelledImage(Path(str(n)), label, "here", None, str(n)) for n, label in enumerate(labels)
    )
    targets = np.array([task.labels.index(label) for label in labels])
    return Decoded(xrays, np.zeros((N, 14, 14), dtype=np.uint8), targets)


@pytest.fixture
def logits(holdout: Decoded) -> npt.NDArray[np.float32]:
    """A network that is right about every film."""
    return np.eye(4, dtype=np.float32)[holdout.targets] * 4


def figures(
    task: Task, holdout: Decoded, before: npt.NDArray[np.float32], after: npt.NDArray[np.float32]
) -> dict[str, Figure]:
    predictions = SplitPredictions(before, holdout.targets, holdout.sources)
    original = Fp32Baseline(predictions, None, None, None, task)
    return {figure.name: figure for figure in compare(Fake(after), Fake(before), holdout, original)}


class TestComparing:
    def test_what_answers_the_same_meets_every_bound(
        self, task: Task, holdout: Decoded, logits: npt.NDArray[np.float32]
    ) -> None:
        found = figures(task, holdout, logits, logits.copy())

        assert all(figure.is_met for figure in found.values())
        assert found["agreement of labels"].int8 == 1.0
        assert found["AUROC (all)"].fp32 == found["AUROC (all)"].int8 == 1.0

    @pytest.mark.parametrize(("changed", "is_met"), [(4, True), (5, False)])
    def test_one_label_in_a_hundred_may_differ(
        self,
        task: Task,
        holdout: Decoded,
        logits: npt.NDArray[np.float32],
        changed: int,
        is_met: bool,
    ) -> None:
        after = logits.copy()
        rows = np.flatnonzero(holdout.targets != NORMAL)[:changed]
        after[rows] = np.roll(after[rows], 2, axis=1)

        agreement = figures(task, holdout, logits, after)["agreement of labels"]

        assert agreement.int8 == pytest.approx(1 - changed / N)
        assert agreement.is_met == is_met

    def test_the_order_of_images_must_stay(
        self, task: Task, holdout: Decoded, logits: npt.NDArray[np.float32]
    ) -> None:
        after = logits.copy()
        ill = np.flatnonzero(holdout.targets != NORMAL)
        # Below every normal film: each takes one in len(ill) of the area away.
        after[ill[:3], NORMAL] = 50

        auroc = figures(task, holdout, logits, after)["AUROC (all)"]

        assert auroc.int8 == pytest.approx(1 - 3 / len(ill))
        assert auroc.bound == pytest.approx(0.998)
        assert not auroc.is_met

    def test_the_heat_map_must_still_point_at_what_counts(
        self, task: Task, holdout: Decoded, logits: npt.NDArray[np.float32]
    ) -> None:
        """One whose answer does not depend on the picture has a map that is worth nothing."""
        test = DeletionTest(
            n=300, share=0.2, hottest=0.3, random=0.1, hottest_interval=None, random_interval=None
        )
        predictions = SplitPredictions(logits, holdout.targets, holdout.sources)
        original = replace(Fp32Baseline(predictions, None, None, None, task), heatmap=test)

        *_, last = compare(Fake(logits), Fake(logits), holdout, original)

        assert last.name == "fall of the score under the heat map"
        assert (last.fp32, last.int8, last.is_met) == (0.3, 0.0, False)

    def test_outliers_are_told_on_the_same_pictures_by_both_forms(
        self, task: Task, holdout: Decoded, logits: npt.NDArray[np.float32]
    ) -> None:
        near = np.random.default_rng(1).normal(0, 1, (200, 576)).astype(np.float32)
        reference = fit_reference(near, [("here", "Normal")] * len(near), seed=1)
        rule = OutlierRule(
            method="mahalanobis",
            threshold=float(METHODS["mahalanobis"](reference, near).max()),
            chosen_on="validation",
            refused={},
            # Of other pictures: nothing may hang on it.
            compared={"mahalanobis": dict.fromkeys(OOD_TRANSFORMS, 0.0)},
            reference_sha256="",
        )
        predictions = SplitPredictions(
            logits, holdout.targets, holdout.sources, np.zeros(N, dtype=np.float32)
        )
        original = Fp32Baseline(predictions, rule, reference, None, task)

        found = compare(Fake(logits, unlike=0.5), Fake(logits, unlike=0.9), holdout, original)

        caught = [figure for figure in found if figure.name.startswith("share caught")]
        assert [(f.fp32, f.int8, f.is_met) for f in caught] == [(0.9, 0.5, False)] * len(
            OOD_TRANSFORMS
        )
