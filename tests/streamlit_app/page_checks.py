"""A page as a test sees it: opened against the fake API, and what stands on it."""

from streamlit.testing.v1 import AppTest

TIMEOUT_S = 20


def open_page(name: str) -> AppTest:
    # For every later run of the page too: three seconds are too few on a busy machine.
    page = AppTest.from_string(
        f"from views import {name}\n{name}.show()", default_timeout=TIMEOUT_S
    )
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
