"""What the browser sends: films to be answered, or one to be looked at."""

import base64
import binascii
from collections.abc import Sequence
from threading import Thread
from typing import NotRequired, TypedDict

from client import ApiDown, ApiError, RoentgenClient
from language.catalogue import N_
from worklist import order, predictions
from worklist.predictions import FULL_PX, QUICK_PX, pictured
from worklist.rows import Row, Worklist, WorklistImage

EMPTY = N_("This file holds nothing.")


class SentImage(TypedDict):
    """A film in base64, or why the browser cannot send it. `label` and `source` are the class of a
    training film and the site that it is from, where a person gave it one; `is_first` is of the
    part that a file begins with."""

    key: str
    name: str
    label: NotRequired[str]
    source: NotRequired[str]
    data: NotRequired[str]
    error: NotRequired[str]
    is_gone: NotRequired[bool]
    is_first: NotRequired[bool]


class Group(TypedDict):
    """A few films at a time; `number` grows with each group. `full`: to look at with all pixels."""

    number: int
    look: bool
    full: NotRequired[bool]
    left: int
    total: int
    images: Sequence[SentImage]


def receive(worklist: Worklist, group: Group, client: RoentgenClient) -> None:
    """Begin with a group in a thread beside the page, which goes on meanwhile.

    One that comes twice counts once. The browser sends the next when this one is answered.
    """
    if group["number"] > worklist.received:
        worklist.received = group["number"]
        Thread(target=take, args=(worklist, group, client), daemon=True).start()


def take(worklist: Worklist, group: Group, client: RoentgenClient) -> None:
    """Answer a group and put it into the worklist, if that is still the one it was sent for."""
    try:
        (_look if group["look"] else _read)(worklist, group, client)
    finally:
        # A thread of an earlier batch may end late.
        worklist.answered = max(worklist.answered, group["number"])
        if not group["look"]:
            worklist.read = max(worklist.read, group["number"])


def _read(worklist: Worklist, group: Group, client: RoentgenClient) -> None:
    options, generation = worklist.options, worklist.generation
    readable: list[tuple[WorklistImage, bytes]] = []
    rows: list[Row] = []
    for sent in group["images"]:
        image = WorklistImage(sent["key"], sent["name"])
        if content := content_of(sent):
            readable.append((image, content))
        else:
            rows.append(Row(image, options, None, sent.get("error") or EMPTY))
    rows += predictions.answer_all(readable, client, options)
    if worklist.generation != generation:
        return
    if group["total"] == 1 and readable:
        # A film alone is opened at once; its bytes are here.
        _keep_picture(worklist, *readable[0], client, side_px=QUICK_PX)
        worklist.open_key = readable[0][0].key
    _add(worklist, group, rows)


def _add(worklist: Worklist, group: Group, rows: Sequence[Row]) -> None:
    for row in rows:
        worklist.add(row)
    came = {row.image.key for row in rows}
    worklist.again = tuple(key for key in worklist.again if key not in came)
    is_stopped = group["number"] <= worklist.stopped
    failed = [row.image.key for row in rows if row.may_be_asked_again]
    if failed and not is_stopped:
        worklist.ask_again(failed)
    worklist.left = 0 if is_stopped else group["left"]
    worklist.total = group["total"]
    if not worklist.left and worklist.open_key is None:
        worklist.open_key = order.shown(list(worklist.rows.values()))[0].image.key


def _look(worklist: Worklist, group: Group, client: RoentgenClient) -> None:
    for sent in group["images"]:
        image, content = WorklistImage(sent["key"], sent["name"]), content_of(sent)
        if content is None:
            worklist.gone.add(image.key)
        else:
            side_px = FULL_PX if group.get("full") else QUICK_PX
            _keep_picture(worklist, image, content, client, side_px=side_px)


def _keep_picture(
    worklist: Worklist,
    image: WorklistImage,
    content: bytes,
    client: RoentgenClient,
    *,
    side_px: int,
) -> None:
    try:
        png = client.preview(image.name, content, side_px=side_px)
    except ApiDown:
        # One that is slow with this film alone is not asked for it without end.
        (worklist.gone if client.is_alive() else worklist.missed).add(image.key)
    except ApiError:
        worklist.gone.add(image.key)
    else:
        worklist.image_cache.keep(image.key, pictured(png, side_px=side_px))


def content_of(sent: SentImage) -> bytes | None:
    """The bytes of a film; None: it has none, or they are no base64."""
    try:
        return base64.b64decode(sent.get("data", ""), validate=True) or None
    except binascii.Error:
        return None
