"""Training films on their way from the browser to the API, a group at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from threading import Thread
from typing import Protocol

from api_types import FileOutcome, UploadResult
from client import ApiDown, ApiError
from worklist.incoming import EMPTY, Group, SentImage, content_of

# What would be refused again; anything else may pass: a full disk, a log-in that has ended.
FINAL_REFUSALS = frozenset({400, 403, 404, 409, 413, 415, 422})
# What a person chooses where the folders say the class.
BY_FOLDER = ""


class Uploading(Protocol):
    """What takes training films in: the client of the API."""

    def upload(
        self,
        files: Sequence[tuple[str, bytes]],
        *,
        label: str | None = None,
        source: str | None = None,
    ) -> UploadResult:
        """Raises: ApiError, ApiDown."""
        ...


@dataclass(slots=True)
class TrainingUpload:
    """What the browser has sent so far; the films that are left are still there.

    `outcomes` are of the upload that is under way, or of the last one; `problem` says why films are
    waited with.
    """

    owner: str = ""
    outcomes: list[FileOutcome] = field(default_factory=list)
    left: int = 0
    # The number of the last group that came, of the last that is done, and of the last before a
    # person stopped.
    received: int = 0
    answered: int = 0
    stopped: int = 0
    # Films that the browser is to send once more, and how often it was asked to.
    again: tuple[str, ...] = ()
    asked: int = 0
    problem: str | None = None

    @property
    def is_under_way(self) -> bool:
        return self.left > 0 or bool(self.again) or self.received > self.answered

    def stop(self) -> None:
        """Nothing more is sent; what was stored stays."""
        self.left, self.again, self.problem, self.stopped = 0, (), None, self.received

    def lose(self, keys: Sequence[str]) -> None:
        """The browser has films no more that it was asked for."""
        self.again = tuple(key for key in self.again if key not in keys)
        self.problem = self.problem if self.again else None


def receive(upload: TrainingUpload, group: Group, client: Uploading) -> None:
    """Begin with a group in a thread beside the page; one that comes twice counts once."""
    if group["number"] > upload.received:
        upload.received = group["number"]
        Thread(target=take, args=(upload, group, client), daemon=True).start()


def take(upload: TrainingUpload, group: Group, client: Uploading) -> None:
    """Send a group on; what the API could not take just now is asked for again."""
    try:
        _take(upload, group, client)
    finally:
        upload.answered = max(upload.answered, group["number"])


def _take(upload: TrainingUpload, group: Group, client: Uploading) -> None:
    waiting: list[str] = []
    problem = None
    for (label, source), sent in groupby(group["images"], key=_label_and_site):
        images = list(sent)
        try:
            upload.outcomes += _sent(images, label, source, client)
        except (ApiDown, ApiError) as exc:
            problem = str(exc)
            waiting += [image["key"] for image in images]
    came = {image["key"] for image in group["images"]}
    upload.again = tuple(key for key in upload.again if key not in came)
    is_stopped = group["number"] <= upload.stopped
    upload.left = 0 if is_stopped else group["left"]
    upload.problem = None if is_stopped else problem
    if waiting and not is_stopped:
        upload.again, upload.asked = tuple(waiting), upload.asked + 1


def _label_and_site(image: SentImage) -> tuple[str | None, str | None]:
    """The class and the site that a person gave a film."""
    return image.get("label") or None, image.get("source") or None


def _sent(
    images: Sequence[SentImage], label: str | None, source: str | None, client: Uploading
) -> list[FileOutcome]:
    """What became of films of one class and site. Raises: ApiDown; ApiError if it may pass."""
    readable: list[tuple[str, bytes]] = []
    outcomes: list[FileOutcome] = []
    for image in images:
        if content := content_of(image):
            readable.append((image["name"], content))
        elif not image.get("is_gone"):
            outcomes.append(_rejected(image["name"], label, image.get("error") or EMPTY))
    if not readable:
        return outcomes
    try:
        return outcomes + client.upload(readable, label=label, source=source)["files"]
    except ApiError as exc:
        if exc.status not in FINAL_REFUSALS:
            raise
        return outcomes + [_rejected(name, label, exc.detail) for name, _content in readable]


def _rejected(name: str, label: str | None, reason: str) -> FileOutcome:
    return {"filename": name, "label": label, "outcome": "rejected", "reason": reason}
