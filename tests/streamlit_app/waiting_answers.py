"""What pages of reviews are tested with: three answers that wait, keys, and where a person is."""

from typing import Any

from streamlit.testing.v1 import AppTest

from tests.streamlit_app import answers

WAITING = answers.review(n=3)
ITEM: dict[str, Any] = WAITING["items"][0]
# The recorded one is of a picture unlike all films.
ITEM["prediction"]["causes"] = ["uncertain"]
FEEDBACK = f"/predictions/{ITEM['id']}/feedback"
OTHERS = tuple(f"/predictions/{item['id']}/intakes" for item in WAITING["items"][1:])


def press(page: AppTest, key: str) -> AppTest:
    return page.button(key=key).click().run()


def place(page: AppTest) -> str:
    """Which film of how many."""
    (bar,) = page.get("progress")
    return str(bar.proto.text)
