"""Asking the server about films: their answers and their pictures."""

import struct
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from client import ApiDown, ApiError, RoentgenClient
from worklist.image_cache import Picture
from worklist.rows import DecisionOptions, Row, WorklistImage

THUMBNAIL_PX = 96
# A film as a screen has room for: it is there, and drawn, in a part of the time of all its pixels.
QUICK_PX = 1280
# A film is shown as it is; this bounds what one of them may cost the browser.
FULL_PX = 4096
AT_ONCE = 4
FINAL_REFUSALS = frozenset({400, 413, 415, 422})


def answer_all(
    images: Sequence[tuple[WorklistImage, bytes]], client: RoentgenClient, options: DecisionOptions
) -> list[Row]:
    """The rows of films, in their order; a few are asked about at once. Never raises."""
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(lambda one: answer(one[0], one[1], client, options), images))


def answer(
    image: WorklistImage, content: bytes, client: RoentgenClient, options: DecisionOptions
) -> Row:
    """A film's row: its answer with a small picture, or why there is none. Never raises."""
    try:
        found = client.predict(
            image.name,
            content,
            operating_point=options.operating_point,
            prevalence=options.prevalence,
            source=options.source,
        )
    except ApiError as exc:
        may_pass = exc.status not in FINAL_REFUSALS
        return Row(image, options, None, exc.detail, exc.status, may_be_asked_again=may_pass)
    except ApiDown as exc:
        return Row(image, options, None, str(exc), may_be_asked_again=True)
    small = small_picture(image.name, content, client)
    return Row(
        image,
        options,
        found,
        thumbnail=small,
        is_asked_for_prevalence=options.prevalence is not None,
    )


def small_picture(name: str, content: bytes, client: RoentgenClient) -> bytes | None:
    """A film as the server reads it, as a small grey PNG; None if it cannot be had."""
    found = picture(name, content, client, side_px=THUMBNAIL_PX)
    return found.png if found else None


def picture(name: str, content: bytes, client: RoentgenClient, *, side_px: int) -> Picture | None:
    """A film as the server reads it, in grey, of at most so many pixels a side; None if it cannot
    be had.

    The server decodes it: a file that crashes a decoder must not end the page of everybody else.
    """
    try:
        return pictured(client.preview(name, content, side_px=side_px), side_px=side_px)
    except (ApiError, ApiDown):
        return None


def stored_picture(prediction_id: str, client: RoentgenClient, *, side_px: int) -> Picture | None:
    """The film of an answer; None where it is not kept or cannot be had just now."""
    try:
        return pictured(client.image_of(prediction_id, side_px=side_px), side_px=side_px)
    except (ApiError, ApiDown):
        return None


def pictured(png: bytes, *, side_px: int) -> Picture:
    """What came when so many pixels a side were asked for: one with fewer is all that there is."""
    return Picture(png, side_px >= FULL_PX or _longer_side_px(png) < side_px)


def _longer_side_px(png: bytes) -> int:
    # The header of a PNG: 8 bytes of its own, 8 of the first block, width and height.
    width, height = struct.unpack(">II", png[16:24])
    return max(int(width), int(height))
