"""Bodies that are sent packed: `Content-Encoding` gzip and deflate."""

import gzip
import io
import zlib

from api.errors import InvalidRequest, TooLarge


def is_packed(encoding: str) -> bool:
    """Whether a `Content-Encoding` says that there is something to unpack."""
    return encoding.strip().lower() not in ("", "identity")


def unpacked_body(body: bytes, encoding: str, *, max_bytes: int) -> bytes:
    """A body without its `Content-Encoding`.

    Raises: InvalidRequest for an unknown or broken one, TooLarge.
    """
    name = encoding.strip().lower()
    if not is_packed(encoding):
        return body
    if name not in ("gzip", "deflate"):
        raise InvalidRequest(
            f"The Content-Encoding '{name[:40]}' is not known; send gzip, deflate or none."
        )
    try:
        unpacked = _inflated(body, max_bytes) if name == "deflate" else _gunzipped(body, max_bytes)
    except (OSError, EOFError, zlib.error) as exc:
        raise InvalidRequest(f"The body is not {name} as its header says ({exc}).") from exc
    if len(unpacked) > max_bytes:
        raise TooLarge(f"Unpacked, the body is larger than {max_bytes / 1e6:.0f} MB; send less.")
    return unpacked


def _gunzipped(body: bytes, max_bytes: int) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
        return file.read(max_bytes + 1)


def _inflated(body: bytes, max_bytes: int) -> bytes:
    """RFC 9110 means zlib's format by deflate."""
    stream = zlib.decompressobj()
    unpacked = stream.decompress(body, max_bytes + 1)
    if not stream.eof and len(unpacked) <= max_bytes:
        raise zlib.error("it is cut short")
    return unpacked
