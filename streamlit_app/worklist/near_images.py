"""The pictures of the film that is open and of those beside it: which are here, where others are.

A film is the browser's to send, unless it is an example, or the browser has it no more and the
server keeps films.
"""

from collections.abc import Callable, Mapping, Sequence
from threading import Thread

from client import RoentgenClient
from example_images import examples_of
from worklist import predictions
from worklist.image_cache import Picture
from worklist.predictions import FULL_PX, QUICK_PX
from worklist.rows import Row, Worklist, beside

# So many pixels a side to the picture; None where it cannot be had.
Fetch = Callable[[int], Picture | None]


def source(
    row: Row, worklist: Worklist, client: RoentgenClient, *, task: str, keeps_none: bool
) -> Fetch | None:
    """What has the film's picture beside the browser; None: nothing.

    Args:
        keeps_none: the server keeps no films.
    """
    image = row.image
    if image.credit:
        example = next((one for one in examples_of(task) if one.file == image.key), None)
        if example is None:
            return None
        return lambda side_px: predictions.picture(
            image.name, example.content, client, side_px=side_px
        )
    if image.key not in worklist.gone or row.answer is None or keeps_none:
        return None
    identifier = row.answer["id"]
    return lambda side_px: predictions.stored_picture(identifier, client, side_px=side_px)


def open_picture(row: Row, worklist: Worklist, fetch: Fetch | None) -> Picture | None:
    """The picture of the film that is open, with all of its pixels where they are wanted."""
    key = row.image.key
    is_enlarged = worklist.enlarged == key
    found = worklist.image_cache.get(key)
    if fetch is None or (found and (found.is_full or not is_enlarged)):
        return found
    if better := fetch(FULL_PX if is_enlarged else QUICK_PX):
        worklist.image_cache.keep(key, better)
    return better or found


def missing(worklist: Worklist, keys: Sequence[str]) -> dict[str, bool]:
    """The films that the browser is to send for a look, the one that is open first; whether each is
    wanted with all of its pixels.

    Args:
        keys: the films of the list, in its order.
    """
    current = worklist.open_key or ""
    # While films are read, those that somebody looks at are enough beside them.
    around = [current, *([] if worklist.is_being_read else beside(keys, current))]
    found = {key: key == current == worklist.enlarged for key in around}
    return {
        key: is_full for key, is_full in found.items() if _is_the_browsers(key, is_full, worklist)
    }


def _is_the_browsers(key: str, is_full: bool, worklist: Worklist) -> bool:
    row = worklist.rows.get(key)
    if row is None or row.image.credit or key in worklist.gone | worklist.missed:
        return False
    picture = worklist.image_cache.get(key)
    return picture is None or (is_full and not picture.is_full)


def fetch_ahead(worklist: Worklist, sources: Mapping[str, Fetch]) -> bool:
    """Get pictures of films that nobody looks at yet, beside the page, each once.

    Returns: whether some are on their way.
    """
    missing = {
        key: fetch
        for key, fetch in sources.items()
        if key not in worklist.fetched and worklist.image_cache.get(key) is None
    }
    if not missing:
        return False
    worklist.fetched.update(missing)
    Thread(target=_fetch, args=(worklist, missing), daemon=True).start()
    return True


def _fetch(worklist: Worklist, missing: Mapping[str, Fetch]) -> None:
    for key, fetch in missing.items():
        if picture := fetch(QUICK_PX):
            worklist.image_cache.keep(key, picture)
            # It may be wanted again, once others have taken its room.
            worklist.fetched.discard(key)
