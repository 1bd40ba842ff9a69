"""DICOMweb services that results go to, by the settings; each by a name without its secrets."""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from api.records.alerting.outbox import Address
from api.setting_groups.checks import BEARER

# How the outbox knows these messages.
DICOM = "dicom"


@dataclass(frozen=True, slots=True)
class DicomDestination:
    """Where `POST …/studies` goes; `authorization` is the header's value, or empty."""

    url: str
    authorization: str = field(default="", repr=False)


def destinations_of(
    urls: Sequence[str], logins: Mapping[str, str]
) -> dict[Address, DicomDestination]:
    """As the settings ROENTGEN_DESTINATIONS and ROENTGEN_DESTINATION_LOGINS have them."""
    return {
        Address(DICOM, _name(url)): DicomDestination(
            url.rstrip("/") + "/studies", _authorization(logins.get(urlsplit(url).netloc, ""))
        )
        for url in urls
    }


def _authorization(login: str) -> str:
    if not login or login.startswith(BEARER):
        return login
    return "Basic " + base64.b64encode(login.encode()).decode()


def _name(url: str) -> str:
    """Scheme and host; what comes after them may be secret."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}#{hashlib.sha256(url.encode()).hexdigest()[:8]}"
