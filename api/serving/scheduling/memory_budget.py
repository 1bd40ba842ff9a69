"""Request bodies in memory: no more of them at once than the machine can hold."""

from starlette.requests import Request

from api.errors import Overloaded

# Films that are on their way, wait or are worked on, together. At usual sizes hundreds.
MAX_BYTES = 256_000_000
# As many of the largest that are allowed have room in any case.
LARGEST_IMAGES = 4


def budget_bytes(max_image_bytes: int) -> int:
    """Bytes that may be held where films may be so large."""
    return max(MAX_BYTES, LARGEST_IMAGES * max_image_bytes)


class MemoryBudget:
    """Counts the bytes that are held for requests; used by one event loop."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes, self.held = max_bytes, 0

    async def read(self, request: Request) -> bytes:
        """A whole body; whoever has it calls `release` with its length.

        What counts is what has arrived: a client that sends slowly, or claims much, takes no
        room from others.

        Raises: Overloaded, ClientDisconnect, and what limits on bodies raise.
        """
        chunks: list[bytes] = []
        try:
            async for chunk in request.stream():
                self.held += len(chunk)
                chunks.append(chunk)
                if self.held > self._max_bytes:
                    raise Overloaded(
                        "Too many films are being sent at once; send it again later.",
                        retry_after_s=1,
                    )
        except BaseException:
            self.release(sum(map(len, chunks)))
            raise
        return b"".join(chunks)

    def reserve(self, size: int) -> None:
        """Make room for bytes that a body will unpack to; `release` gives it back.

        Raises: Overloaded.
        """
        if self.held + size > self._max_bytes:
            raise Overloaded(
                "Too many films are being sent at once; send it again later.", retry_after_s=1
            )
        self.held += size

    def release(self, size: int) -> None:
        """These bytes are done with."""
        self.held -= size
