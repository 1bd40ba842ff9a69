"""The instances of a STOW-RS request (PS3.18 10.5), on the disk until it has been answered."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from api.errors import InvalidUpload, TooLarge
from api.web.deps import S
from api.web.uploads.multipart_spool import Part, Spool, receive_related

DICOM = "application/dicom"


PIECE_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class ReceivedInstance:
    """One instance: its place in the request, and where its bytes lie while that is answered."""

    number: int
    spool: Spool
    part: Part
    max_bytes: int

    @property
    def name(self) -> str:
        """What it is called in records: its own names tell whose it is."""
        return f"instance {self.number}"

    def read(self) -> bytes:
        """Its bytes. Raises: TooLarge for more than one file may have."""
        if self.part.size > self.max_bytes:
            raise TooLarge(
                f"The instance has {self.part.size / 1e6:.1f} MB; at most "
                f"{self.max_bytes / 1e6:g} MB are accepted. The limit is a setting of the server."
            )
        return self.spool.read(self.part.offset, self.part.size)

    def pieces(self) -> Iterator[bytes]:
        """The same, little by little."""
        for start in range(0, self.part.size, PIECE_BYTES):
            size = min(PIECE_BYTES, self.part.size - start)
            yield self.spool.read(self.part.offset + start, size)


async def received_instances(
    request: Request, services: S
) -> AsyncIterator[Sequence[ReceivedInstance]]:
    """The instances of a request. Raises: HTTPException, InvalidUpload, TooLarge, StorageFailed."""
    settings = services.settings
    with ExitStack() as opened:
        spool = await run_in_threadpool(Spool, settings.batches_dir)
        opened.callback(spool.close)
        parts = await receive_related(
            request, spool, media_type=DICOM, max_files=settings.max_batch_files
        )
        if not parts:
            raise InvalidUpload("The request holds no instances; send a DICOM file a part.")
        if len(parts) > settings.max_batch_files:
            raise TooLarge(
                f"The request holds more than the {settings.max_batch_files} instances that are "
                "accepted at once; none was answered. Send it in parts."
            )
        yield [
            ReceivedInstance(number, spool, part, settings.max_file_bytes)
            for number, part in enumerate(parts, start=1)
        ]


ReceivedInstances = Annotated[Sequence[ReceivedInstance], Depends(received_instances)]
