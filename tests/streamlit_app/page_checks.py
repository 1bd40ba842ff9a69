"""A page as a test sees it: opened against the fake API, and what stands on it."""

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from streamlit.testing.v1 import AppTest

from client import RoentgenClient
from components.retraining import upload_outcomes
from components.worklist import training_sender
from session import stored_check
from site_checks.held_check import HeldCheck
from worklist import incoming, training_upload
from worklist.rows import Worklist
from worklist.training_upload import TrainingUpload

TIMEOUT_S = 20


def open_page(name: str, *, session: Mapping[str, Any] | None = None, **parameters: str) -> AppTest:
    """A page of the UI, with what stands in its address, and what the browser session has."""
    # For every later run of the page too: three seconds are too few on a busy machine.
    page = AppTest.from_string(
        f"from views import {name}\n{name}.show()", default_timeout=TIMEOUT_S
    )
    for parameter, value in parameters.items():
        page.query_params[parameter] = value
    for key, held in (session or {}).items():
        page.session_state[key] = held
    return page.run()


def texts(page: AppTest) -> str:
    """All that the page says."""
    kinds = ("title", "subheader", "markdown", "caption", "error", "warning", "info", "success")
    return "\n".join(texts_of(page, kind) for kind in kinds)


def texts_of(page: AppTest, kind: str) -> str:
    """The text of all elements of one kind."""
    return "\n".join(str(getattr(element, "value", "")) for element in page.get(kind))


def titles_of(page: AppTest, kind: str) -> list[str]:
    """The titles of boxes of one kind."""
    return [element.proto.title for element in page.get(kind)]


def tables(page: AppTest) -> str:
    """All that stands in tables."""
    return "\n".join(frame.value.to_csv() for frame in page.dataframe)


def metrics(page: AppTest) -> dict[str, str]:
    return {metric.label: metric.value for metric in page.metric}


def send_images(page: AppTest, *images: tuple[str, bytes, str], left: int = 0) -> AppTest:
    """Films as the browser sends them, a group at once; a test has no browser.

    Args:
        images: name, bytes and media type of each.
        left: how many films the browser still has.
    """
    worklist: Worklist = page.session_state["worklist"]
    sent = _sent([image[:2] for image in images], first=len(worklist.rows))
    incoming.take(worklist, _group(sent, worklist.answered + 1, left), RoentgenClient())
    return page.run(timeout=TIMEOUT_S)


def send_training_images(
    page: AppTest, *images: tuple[str, bytes], label: str = "", source: str = "", left: int = 0
) -> AppTest:
    """The same for training films: of one class, or of the folders in their names."""
    upload: TrainingUpload = page.session_state[training_sender.STATE]
    if not upload.is_under_way:
        page.session_state[upload_outcomes.WORD], upload.outcomes = upload_outcomes.begin()
    sent = _sent(images)
    for one in sent:
        if label:
            one["label"] = label
        if source:
            one["source"] = source
    training_upload.take(upload, _group(sent, upload.answered + 1, left), RoentgenClient())
    return page.run(timeout=TIMEOUT_S)


def send_archive(page: AppTest, content: bytes = b"PK", *, name: str = "films.zip") -> AppTest:
    """A ZIP to check, as the browser sends it: in parts, here of one byte."""
    check: HeldCheck = page.session_state[stored_check.STATE]
    for place in range(len(content)):
        part = base64.b64encode(content[place : place + 1]).decode()
        image: incoming.SentImage = {"key": f"part-{place}", "name": name, "data": part}
        if not place:
            image["is_first"] = True
        group = _group([image], check.received + 1, len(content) - place - 1)
        check.receive(group)
    return page.run(timeout=TIMEOUT_S)


def checked_to_its_end(page: AppTest) -> AppTest:
    """The page once the check that its button begins is over."""
    page.button(key="check").click().run(timeout=TIMEOUT_S)
    check: HeldCheck = page.session_state[stored_check.STATE]
    assert check.run is not None
    assert check.run.wait(TIMEOUT_S)
    return page.run(timeout=TIMEOUT_S)


def _sent(images: Sequence[tuple[str, bytes]], *, first: int = 0) -> list[incoming.SentImage]:
    return [
        {
            "key": f"film-{first + place}",
            "name": name,
            "data": base64.b64encode(content).decode(),
        }
        for place, (name, content) in enumerate(images)
    ]


def _group(images: Sequence[incoming.SentImage], number: int, left: int) -> incoming.Group:
    total = len(images) + left
    return {"number": number, "look": False, "left": left, "total": total, "images": images}


def shown_by(page: AppTest, component: str) -> dict[str, Any]:
    """What a component of this name was given to show."""
    protos = [element.proto for element in page.get("bidi_component")]
    (found,) = [proto for proto in protos if proto.component_name == component]
    shown: dict[str, Any] = json.loads(found.json or found.mixed.json)
    return shown
