"""Pictures for components: an address each, as Streamlit gives its own pictures one."""

from streamlit import runtime

# What a component shows that only brings a library; it takes no room (`sender.css`).
NOTHING = '<span class="rn" hidden></span>'


def address_of_png(png: bytes | None, *, place: str) -> str | None:
    """Where the browser gets a picture. It is forgotten once no session shows it any more.

    Args:
        png: a PNG file; None has no address.
        place: one for each place on the page; another picture there takes this one's room.
    """
    if png is None:
        return None
    return runtime.get_instance().media_file_mgr.add(png, "image/png", place)
