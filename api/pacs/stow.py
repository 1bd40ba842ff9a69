"""Sending results to DICOMweb services by STOW-RS (PS3.18 10.5)."""

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from api.errors import DeliveryFailed, NothingToDeliver
from api.monitoring.sending.http_post import CONNECTION_ERRORS, HttpAnswer, post
from api.pacs.destinations import DICOM, DicomDestination
from api.records.alerting.outbox import Address
from api.version import VERSION

# The instances that a message is about, each as a file of PS3.10.
# Raises NothingToDeliver, StoreBusy, StorageFailed.
Instances = Callable[[Mapping[str, Any]], Sequence[bytes]]

# For megabytes over a hospital's network, and a service that writes them down.
TOTAL_TIMEOUT_S = 60.0
MAX_ANSWER_BYTES = 1_000_000
FAILED, OTHERS, REASON = "00081198", "0008119A", "00081197"
# A service that has the instance already may call that a failure (Azure).
# PS3.18, table 10.5.3-3: what a service says that names no reason.
PROCESSING_FAILURE = 0x0110
ALREADY_THERE = 45070


@dataclass(frozen=True, slots=True)
class StowSender:
    """Sends the results of an answer. Their UIDs are the same each time, so that sending twice
    leaves one of each."""

    destinations: Mapping[Address, DicomDestination]
    instances: Instances
    total_timeout_s: float = TOTAL_TIMEOUT_S

    def __call__(self, destination: str, payload: Mapping[str, Any]) -> None:
        """Send, and wait until the service has stored them.

        Raises: DeliveryFailed, and what `instances` raises.
        """
        to = self.destinations.get(Address(DICOM, destination))
        if to is None:
            raise NothingToDeliver(f"'{destination}' is not among ROENTGEN_DESTINATIONS any more.")
        boundary = secrets.token_hex(16)
        headers = {
            "Content-Type": f'multipart/related; type="application/dicom"; boundary={boundary}',
            "Accept": "application/dicom+json",
            "User-Agent": f"Roentgen/{VERSION}",
        }
        if to.authorization:
            headers["Authorization"] = to.authorization
        try:
            answer = post(
                to.url,
                lambda: related_body(self.instances(payload), boundary),
                headers,
                total_s=self.total_timeout_s,
                answer_bytes=MAX_ANSWER_BYTES,
            )
        except CONNECTION_ERRORS as exc:
            raise DeliveryFailed(
                f"'{destination}' cannot be reached ({type(exc).__name__})."
            ) from exc
        _check(answer, destination)


def related_body(files: Sequence[bytes], boundary: str) -> bytes:
    """A multipart/related body (RFC 2387), a file a part."""
    head = f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode()
    return b"".join(head + file + b"\r\n" for file in files) + f"--{boundary}--\r\n".encode()


def _check(answer: HttpAnswer, destination: str) -> None:
    """Raises: DeliveryFailed unless everything is stored. Nothing of the answer is quoted: it
    repeats UIDs."""
    if answer.status == 202 and not answer.body.lstrip().startswith((b"{", b"[")):
        # Part of it is not stored, and nobody can read which.
        raise DeliveryFailed(f"'{destination}' {answer.in_words}, without saying what it stored.")
    failed = failures_in(answer.body)
    unexpected = [reason for reason in failed if reason != ALREADY_THERE]
    if (answer.is_good and not unexpected) or (failed and not unexpected):
        return
    reasons = ", ".join(f"0x{reason:04X}" for reason in unexpected)
    why = f" and stored not all (failure reason {reasons})" if unexpected else ""
    raise DeliveryFailed(f"'{destination}' {answer.in_words}{why}.")


def failures_in(body: bytes) -> list[int]:
    """Failure reasons of instances that were not stored; none where the answer is not JSON."""
    try:
        found = json.loads(body)
        items = [item for tag in (FAILED, OTHERS) for item in found.get(tag, {}).get("Value", [])]
        return [_reason(item) for item in items]
    except (ValueError, LookupError, TypeError, AttributeError):
        return []


def _reason(item: Any) -> int:
    """Why an instance was not stored; a service may name none."""
    try:
        return int(str(item[REASON]["Value"][0]))
    except (LookupError, TypeError, ValueError):
        return PROCESSING_FAILURE
