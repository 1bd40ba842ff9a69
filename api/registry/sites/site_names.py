"""Names of sites: free text for people, a key to compare by, and a folder's name."""

import hashlib
import re
import unicodedata

from api.errors import InvalidRequest

MAX_NAME = 100
# The site of an installation that serves one site only, whatever its films say where they are from.
ONE_SITE = "this installation"
# Of a name in the folder's, before the digest that tells names apart.
MAX_READABLE = 20


def site_name(text: str) -> str:
    """The name as it is kept: composed, without surplus spaces. Raises: InvalidRequest."""
    name = " ".join(unicodedata.normalize("NFC", text).split())
    if not 1 <= len(name) <= MAX_NAME or not any(map(str.isalnum, name)):
        raise InvalidRequest(
            f"A site's name has 1 to {MAX_NAME} characters, and a letter or a digit among them."
        )
    # Control characters, lone surrogates, what has no meaning.
    if any(unicodedata.category(character).startswith("C") for character in name):
        raise InvalidRequest(
            "A site's name holds characters that cannot be written; leave them out."
        )
    return name


def no_site_notice(count: int, total: int) -> str:
    """What a site misses whose films do not say where they are from; empty where all do."""
    if not count:
        return ""
    return (
        f"{count} of {total} films name no site: what is learned of them answers everybody or "
        "nobody. Name the site with the films that you send, and it can get a version of its own."
    )


def site_key(text: str) -> str:
    """The same for all ways to write a name: case and surplus spaces make no other site."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def site_folder(name: str) -> str:
    """A folder's name that says which site it is of; at most 29 characters, all of them plain."""
    key = site_key(name)
    plain = unicodedata.normalize("NFKD", key).encode("ascii", "ignore").decode()
    readable = re.sub(r"[^a-z0-9]+", "-", plain)[:MAX_READABLE].strip("-") or "site"
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
    return f"{readable}-{digest[:8]}"
