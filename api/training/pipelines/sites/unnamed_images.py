"""What a verdict says of new films that name no site."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from api.inputs.discovery import LabelledImage
from api.model_card.promotion_policy import Verdict
from api.registry.sites.site_names import no_site_notice
from api.training.data.sample_set import SOURCE


def with_advice(
    verdict: Verdict, new: Mapping[str, Sequence[LabelledImage]], *, has_sites: bool
) -> Verdict:
    """The verdict with what to do where it is not for everybody and some films are of no site.

    Args:
        new: the new films by split.
        has_sites: whether a site can have a version of its own.
    """
    if verdict.promoted or not has_sites:
        return verdict
    images = [image for members in new.values() for image in members]
    unnamed = sum(image.source == SOURCE for image in images)
    return replace(verdict, no_site=no_site_notice(unnamed, len(images)))
