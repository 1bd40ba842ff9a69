"""What the log of a server holds."""

import requests

PAGE = 500


def kept_ids(url: str) -> set[str]:
    """The ids of all answers in `GET /predictions`, page by page."""
    kept: set[str] = set()
    before: str | None = None
    while True:
        wanted = {"limit": PAGE} | ({"before": before} if before else {})
        answer = requests.get(url + "/predictions", params=wanted, timeout=60)
        answer.raise_for_status()
        page = answer.json()
        kept |= {each["id"] for each in page["predictions"]}
        before = page["next_before"]
        if before is None:
            return kept
