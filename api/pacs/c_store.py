"""C-STORE in: a listener that hands every instance on to STOW-RS (PS3.4 annex B, PS3.7 9.1.1).

It is a process of its own beside the server, so that its library and whatever is wrong with an
association stay out of that, and its instances are answered as all others are.
"""

import logging
import secrets
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.errors import InvalidRequest
from api.inputs.images.dicom.acceptance import STORAGE
from api.monitoring.sending.http_post import CONNECTION_ERRORS, post
from api.pacs.stow import MAX_ANSWER_BYTES, failures_in, related_body

logger = logging.getLogger(__name__)

# Statuses of C-STORE (PS3.4 table B.2-1).
SUCCESS, OUT_OF_RESOURCES = 0x0000, 0xA700
MAX_ASSOCIATIONS = 8
# Silence on an association, and how long an answer may take, in seconds.
IDLE_S, ANSWER_S = 30.0, 60.0
# Computed, digital, mammographic and intra-oral radiographs for presentation, and captures: of one
# frame, and of several with one in them (grey of 8 and 16 bits, colour; one bit is not read).
STORED = tuple(STORAGE + end for end in ("1", "1.1", "1.2", "1.3", "7", "7.2", "7.3", "7.4"))
# Those that are read; see docs/integrate/dicom.md.
TRANSFER_SYNTAXES = (
    "1.2.840.10008.1.2.1", "1.2.840.10008.1.2", "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99",
    "1.2.840.10008.1.2.5", *(f"1.2.840.10008.1.2.4.{n}" for n in (50, 51, 57, 70, 80, 81, 90, 91)),
    *(f"1.2.840.10008.1.2.4.{n}" for n in (201, 202, 203)),
)  # fmt: skip
# Command and data of an instance beside its file.
SLACK_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Listener:
    """Where it listens, who may send, and to whom it hands on.

    Attributes:
        title: its own AE title; associations with another one are rejected.
        senders: AE titles that may send.
        url: of the server, without `/dicom-web`.
        max_bytes: of one instance; an association that sends more is aborted.
    """

    host: str
    port: int
    title: str
    senders: Sequence[str]
    url: str
    key: str
    max_bytes: int


def serve(listener: Listener, *, until: threading.Event) -> None:
    """Listen until that is set. Raises: InvalidRequest if the port is taken, or without
    pynetdicom."""
    try:
        from pynetdicom import AE, _config, evt
    except ImportError as exc:
        raise InvalidRequest(
            "C-STORE needs the package pynetdicom: pip install pynetdicom."
        ) from exc
    # It logs what it is sent.
    logging.getLogger("pynetdicom").setLevel(logging.CRITICAL + 1)
    # Into files as it comes, not into memory.
    _config.STORE_RECV_CHUNKED_DATASET = True
    entity = AE(ae_title=listener.title)
    entity.require_called_aet = True
    entity.require_calling_aet = list(listener.senders)
    entity.maximum_associations = MAX_ASSOCIATIONS
    entity.network_timeout = entity.acse_timeout = entity.dimse_timeout = IDLE_S
    _offer(entity)
    received = _Received(listener.max_bytes + SLACK_BYTES)
    handlers = [
        (evt.EVT_DATA_RECV, received.data),
        (evt.EVT_C_STORE, _store, [listener, received]),
        (evt.EVT_CONN_CLOSE, received.closed),
    ]
    try:
        server = entity.start_server(
            (listener.host, listener.port), block=False, evt_handlers=handlers
        )
    except OSError as exc:
        raise InvalidRequest(
            f"{listener.host}:{listener.port} cannot be listened at ({exc.strerror}); choose "
            "another --port."
        ) from exc
    logger.info("listening for C-STORE host=%s port=%d", listener.host, listener.port)
    try:
        until.wait()
    finally:
        server.shutdown()


def _offer(entity: Any) -> None:
    """What may be stored, in every transfer syntax that is read; and C-ECHO."""
    from pynetdicom.sop_class import Verification

    entity.add_supported_context(Verification)
    for sop_class in STORED:
        entity.add_supported_context(sop_class, list(TRANSFER_SYNTAXES))


class _Received:
    """Bytes of each association since its last instance."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._sizes: dict[int, int] = {}
        self._lock = threading.Lock()

    def data(self, event: Any) -> None:
        """Some came; too much of it ends the connection."""
        number = id(event.assoc)
        with self._lock:
            self._sizes[number] = self._sizes.get(number, 0) + len(event.data)
            is_too_much = self._sizes[number] > self._max_bytes
        if is_too_much:
            logger.warning("association aborted: an instance is too large")
            # An abort would wait for this very thread.
            event.assoc.dul.socket.close()

    def begin(self, event: Any) -> None:
        """An instance is complete."""
        with self._lock:
            self._sizes[id(event.assoc)] = 0

    def closed(self, event: Any) -> None:
        """The connection has ended."""
        with self._lock:
            self._sizes.pop(id(event.assoc), None)


def _store(event: Any, listener: Listener, received: _Received) -> int:
    """The status of one instance; never raises."""
    received.begin(event)
    try:
        status = stored(Path(event.dataset_path).read_bytes(), listener)
    except Exception as exc:  # noqa: BLE001 (the top of an association's work)
        # Its text could quote the instance.
        logger.error("instance not handed on error=%s", type(exc).__name__)
        return OUT_OF_RESOURCES
    logger.info("instance handed on status=0x%04X", status)
    return status


def stored(content: bytes, listener: Listener) -> int:
    """Hand a file on; the C-STORE status that its sender is told."""
    boundary = secrets.token_hex(16)
    headers = {
        "Content-Type": f'multipart/related; type="application/dicom"; boundary={boundary}',
        "Accept": "application/dicom+json",
    }
    if listener.key:
        headers["Authorization"] = f"Bearer {listener.key}"
    try:
        answer = post(
            f"{listener.url.rstrip('/')}/dicom-web/studies",
            lambda: related_body([content], boundary),
            headers,
            total_s=ANSWER_S,
            answer_bytes=MAX_ANSWER_BYTES,
        )
    except CONNECTION_ERRORS as exc:
        logger.warning("server not reached error=%s", type(exc).__name__)
        return OUT_OF_RESOURCES
    if answer.status == 200:
        return SUCCESS
    reasons = failures_in(answer.body)
    if not reasons:
        logger.warning("server refused status=%d", answer.status)
    return reasons[0] if reasons else OUT_OF_RESOURCES
