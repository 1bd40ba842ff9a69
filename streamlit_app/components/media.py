"""Pictures for components: an address each, as Streamlit gives its own pictures one."""

from streamlit import runtime

# What a component shows that only brings a library; it takes no room (`page.css`).
NOTHING = '<span class="rn" hidden></span>'


def address_of_png(png: bytes | None, *, place: str) -> str | None:
    """Where the browser gets a picture. It is forgotten once no session shows it any more.

    Args:
        png: a PNG file; None has no address.
        place: one for each place on the page; another picture there takes this one's room.
    """
    return None if png is None else address_of_image(png, "image/png", place=place)


def address_of_image(content: bytes, media_type: str, *, place: str) -> str:
    """The same for a picture of another kind."""
    return runtime.get_instance().media_file_mgr.add(content, media_type, place)
