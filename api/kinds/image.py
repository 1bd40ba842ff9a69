"""Images: decoded, measured, decided at an operating point."""

import logging
from collections.abc import Sequence
from typing import IO

from api.arrays import Float32Array
from api.decision.decide import Decision, DecisionInputs, DecisionPolicy, decide, point_of
from api.errors import AppError, DecoderFailed, NotFound
from api.inputs.images.acquisition import acquisition_features
from api.inputs.images.decoding import DecodedImage, Limits, read_image
from api.inputs.images.dicom.expectations import tag_issues
from api.inputs.images.metadata_removal import without_metadata
from api.inputs.images.quality import quality_issues
from api.inputs.images.synthetic import synthetic_image
from api.kinds.kind import DecodedInput, Describe, LabelledInput
from api.model_card.card import Card
from api.model_card.golden import Golden
from api.tasks.task import Task
from api.tasks.task_files import dicom_expectations_of

logger = logging.getLogger(__name__)


# Pages are imported where one is made: whoever only answers, as an exported model, has none.


class ImageKind:
    """See `Kind`."""

    noun, content = "film", "picture"
    takes_plain_body, has_pictures = False, True
    input_name = "image"

    def decode(self, content: bytes, limits: Limits, card: Card) -> DecodedInput:
        """See `Kind`; the tensor is (height, width, 1)."""
        read = _read(content, limits)
        image, facts = read.pixels, read.dicom
        # Before preprocessing has driven the picture out of the processor's cache.
        issues = tuple(quality_issues(image, card.quality))
        resized = card.preprocessing.resize(image)
        acquisition = acquisition_features(resized)
        tensor = card.preprocessing.normalise(resized)
        if facts is None:
            return DecodedInput(tensor, issues, acquisition)
        return DecodedInput(
            tensor,
            issues,
            acquisition,
            tag_issues=tag_issues(facts, dicom_expectations_of(card.task)),
            dicom=facts.shown(limits.dicom_tags),
            dicom_source=facts.source() if limits.dicom_links else None,
            identifiers=facts.identifiers,
        )

    def without_metadata(self, content: bytes) -> bytes:
        """See `Kind`."""
        return without_metadata(content)

    def golden_input(self, golden: Golden, card: Card) -> Float32Array:
        """See `Kind`: a generated film."""
        return card.preprocessing.apply(synthetic_image(golden.finding, seed=golden.seed))

    def golden_name(self, golden: Golden) -> str:
        """See `Kind`."""
        return f"the generated film '{golden.finding}'"

    def check_policy(self, card: Card, policy: DecisionPolicy) -> None:
        """See `Kind`."""
        point_of(card, policy.operating_point)

    def decide(self, inputs: DecisionInputs, card: Card, policy: DecisionPolicy) -> Decision:
        """See `Kind`."""
        return decide(inputs, card, policy)

    def error_bound(self, card: Card) -> float:
        """See `Kind`; 1 where nothing is referred for its score."""
        return card.refer.max_error if card.refer else 1.0

    def describer(self, task: Task, read_image: Describe) -> Describe:
        """See `Kind`."""
        return read_image

    def numbers(self, content: bytes, task: Task) -> dict[str, float]:
        """See `Kind`."""
        raise NotFound("An image has no named numbers; look at its picture instead.")

    def holds_several(self, name: str) -> bool:
        """See `Kind`: archives are taken apart elsewhere."""
        return False

    def inputs_in(
        self, name: str, file: IO[bytes], task: Task, *, max_inputs: int
    ) -> Sequence[LabelledInput] | None:
        """See `Kind`: a file is one image, or an archive, which is taken apart elsewhere."""
        return None

    def card_page(self, card: Card, *, picture: str | None) -> str:
        """See `Kind`."""
        from api.reports.card_page import card_page

        return card_page(card, picture=picture)

    def curves(self, card: Card) -> str | None:
        """See `Kind`."""
        from api.reports.curves_svg import curves_svg

        return curves_svg(card)

    def metrics_text(self, card: Card) -> str:
        """See `Kind`."""
        from api.reports.metric_tables import metric_tables

        return metric_tables(card)


def _read(content: bytes, limits: Limits) -> DecodedImage:
    try:
        return read_image(content, limits)
    except (AppError, MemoryError):
        raise
    except Exception as exc:
        # Decoders have errors that nobody documents; whichever it is, it is about this file.
        logger.exception("decoder failed")
        raise DecoderFailed.on_this_file() from exc
