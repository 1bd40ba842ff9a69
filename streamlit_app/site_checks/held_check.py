"""What a person is having checked: the file, as it comes from the browser, and the check of it."""

import secrets
from dataclasses import dataclass, field

from language.catalogue import N_
from site_checks.running_check import Ask, RunningCheck, begin
from site_checks.sent_file import MAX_BYTES, SentFile
from worklist.incoming import Group, SentImage, content_of

TOO_LARGE = N_("This file has more than 1 GB; check fewer films at once.")
NO_ROOM = N_("There is no room for the file here; check fewer films at once.")


@dataclass(slots=True)
class HeldCheck:
    """`name` is what the page's address calls it; `owner` whose it is.

    `left` of `total` parts are still to come from the browser; `problem` is why the file was given
    up.
    """

    owner: str
    name: str = field(default_factory=lambda: secrets.token_urlsafe(12))
    file: SentFile | None = None
    run: RunningCheck | None = None
    left: int = 0
    total: int = 0
    # The numbers of the last parts that came, and of the last before a person stopped the sending.
    received: int = 0
    stopped: int = 0
    problem: str | None = None

    @property
    def is_coming(self) -> bool:
        return self.file is not None and self.left > 0

    @property
    def is_there(self) -> bool:
        """Whether there is a whole file to check."""
        return self.file is not None and not self.left

    @property
    def is_running(self) -> bool:
        return self.run is not None and not self.run.is_over

    def receive(self, group: Group) -> None:
        """The next parts of a file; those that come twice count once."""
        if group["number"] <= self.received:
            return
        self.received = group["number"]
        if self.received <= self.stopped:
            return
        for part in group["images"]:
            self._take(part)
        self.left, self.total = (group["left"] if self.file else 0), group["total"]

    def take(self, file: SentFile) -> None:
        """A whole file, in place of the one before."""
        self.forget()
        self.file = file

    def begin(self, ask: Ask) -> None:
        """Check the file; the report of the one before is gone."""
        if self.file is not None and not self.is_running:
            self.run = begin(self.file, ask)

    def stop_sending(self) -> None:
        """What has come of the file is of no use."""
        self.stopped = self.received
        self.forget()

    def forget(self) -> None:
        """File and check; one that runs is stopped."""
        if self.run is not None:
            self.run.stop()
        self.file, self.run, self.problem, self.left, self.total = None, None, None, 0, 0

    def _take(self, part: SentImage) -> None:
        if part.get("is_first"):
            self.forget()
        if error := part.get("error"):
            self._give_up(error)
            return
        try:
            if part.get("is_first"):
                self.file = SentFile(part["name"])
            if self.file is not None:
                self.file.append(content_of(part) or b"")
        except OSError:
            self._give_up(NO_ROOM)
            return
        if self.file is not None and self.file.size_bytes > MAX_BYTES:
            self._give_up(TOO_LARGE)

    def _give_up(self, problem: str) -> None:
        self.forget()
        self.problem = problem
