"""Generated films that journeys through the UI send."""

from typing import Literal

from playwright.sync_api import FilePayload

from tests.e2e.looks import Look
from tests.support import images

# So many of a kind make a profile of a site.
OF_A_KIND = 20
# So many films are not read before somebody has clicked.
MANY = 100


def batch(look: Look) -> list[FilePayload]:
    """Many films, each but a few hundred bytes other than the first."""
    film = images.png(7000 + look[1] + len(look[0]))
    return [
        {"name": f"bed {n}.png", "mimeType": "image/png", "buffer": film + bytes([n])}
        for n in range(MANY)
    ]


def of_a_site() -> bytes:
    """Films of a hospital, with a finding of unknown kind and without one."""
    kinds: dict[str, Literal["clear", "lobar"]] = {"NORMAL": "clear", "PNEUMONIA": "lobar"}
    return images.zipped(
        {
            f"ours/{folder}/{n}.png": images.png(5000 + n, finding)
            for folder, finding in kinds.items()
            for n in range(OF_A_KIND)
        }
    )
