"""What the log of a server holds."""

import requests

PAGE = 500


def kept_ids(url: str) -> set[str]:
    """The ids of all answers in `GET /predictions`, page by page."""
    stored: set[str] = set()
    before: str | None = None
    while True:
        query = {"limit": PAGE} | ({"before": before} if before else {})
        answer = requests.get(url + "/predictions", params=query, timeout=60)
        answer.raise_for_status()
        page = answer.json()
        stored |= {each["id"] for each in page["predictions"]}
        before = page["next_before"]
        if before is None:
            return stored
