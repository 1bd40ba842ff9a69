"""A one-time token that lets whoever reads the server's log make the first user."""

import contextlib
import hmac
import os
import secrets
import tempfile
from pathlib import Path

from api.errors import NotAuthenticated
from api.files import make_folder, storage_errors

FILE = "first-user-token"


class FirstUserToken:
    """The token in a file that only the server's own account can read.

    All serving processes of a state folder have the same one; it is good until there is a user.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE

    def get(self) -> str:
        """The token; made where there is none. Raises: StorageFailed."""
        with storage_errors(self.path):
            make_folder(self.path.parent)
            if not self.path.exists():
                self._make()
            return self.path.read_text("ascii").strip()

    def check(self, token: str) -> None:
        """Raises: NotAuthenticated if it is not the token."""
        expected = ""
        with contextlib.suppress(OSError, ValueError):
            expected = self.path.read_text("ascii").strip()
        if not expected or not hmac.compare_digest(expected.encode(), token.strip().encode()):
            raise NotAuthenticated(
                "This is not the one-time token; the server wrote it to its log when it started, "
                f"and it is in the file '{FILE}' of the state folder."
            )

    def drop(self) -> None:
        """It is used up."""
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)

    def _make(self) -> None:
        """Whole or not at all, and once, however many processes start together."""
        descriptor, name = tempfile.mkstemp(dir=self.path.parent, prefix=".tmp-")
        try:
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(f"{secrets.token_urlsafe(24)}\n")
            with contextlib.suppress(FileExistsError):
                os.link(name, self.path)
        finally:
            Path(name).unlink()
