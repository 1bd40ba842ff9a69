"""Lines of a body that comes in pieces."""


class Lines:
    """Ends lines at line feeds alone: a file's name may hold other characters that end one."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, piece: bytes) -> list[bytes]:
        """The lines that this piece completes, without empty ones."""
        *whole, self._rest = (self._rest + piece).split(b"\n")
        return [line for line in whole if line.strip()]

    @property
    def rest(self) -> bytes:
        """What came after the last line feed."""
        return self._rest
