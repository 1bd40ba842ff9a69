"""A page as a test sees it: opened against the fake API, and what stands on it."""

import base64
import json
from typing import Any

from streamlit.testing.v1 import AppTest

from client import RoentgenClient
from worklist import incoming
from worklist.rows import Worklist

TIMEOUT_S = 20


def open_page(name: str, **parameters: str) -> AppTest:
    """A page of the UI, with what stands in its address."""
    # For every later run of the page too: three seconds are too few on a busy machine.
    page = AppTest.from_string(
        f"from views import {name}\n{name}.show()", default_timeout=TIMEOUT_S
    )
    for parameter, value in parameters.items():
        page.query_params[parameter] = value
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
    sent: list[incoming.SentImage] = [
        {
            "key": f"film-{len(worklist.rows) + place}",
            "name": name,
            "data": base64.b64encode(content).decode(),
        }
        for place, (name, content, _) in enumerate(images)
    ]
    group: incoming.Group = {
        "number": worklist.answered + 1,
        "look": False,
        "left": left,
        "total": len(images) + left,
        "images": sent,
    }
    incoming.take(worklist, group, RoentgenClient())
    return page.run(timeout=TIMEOUT_S)


def shown_by(page: AppTest, component: str) -> dict[str, Any]:
    """What a component of this name was given to show."""
    protos = [element.proto for element in page.get("bidi_component")]
    (found,) = [proto for proto in protos if proto.component_name == component]
    shown: dict[str, Any] = json.loads(found.json or found.mixed.json)
    return shown
