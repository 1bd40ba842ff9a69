"""The file of a backup: a line that says what it is, then a tar archive, encrypted or not.

Encrypted, the archive is cut into chunks, each sealed with AES-256-GCM under a key that scrypt
(Percival 2009, RFC 7914) makes of a passphrase. The nonce of a chunk is a random prefix, the
chunk's number, and whether it is the last one (STREAM, Hoang et al. 2015): chunks can be neither
changed, left out, put in another order nor cut off at the end. The first line is authenticated with
each of them.
"""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from api.errors import InvalidRequest

FORMAT, VERSION = "roentgen-backup", 1
CHUNK_BYTES = 1 << 20
TAG_BYTES, PREFIX_BYTES, SALT_BYTES, KEY_BYTES = 16, 7, 16, 32
# 128 MiB and about half a second a guess.
SCRYPT_N, SCRYPT_R, SCRYPT_P = 1 << 17, 8, 1
MAX_HEADER_BYTES = 4096
MAX_SCRYPT_N, MAX_CHUNK_BYTES = 1 << 20, 1 << 24

NOT_A_BACKUP = "This is no backup of Roentgen, or of a newer version; nothing was changed."
WRONG = (
    "The backup cannot be opened: the passphrase is wrong, or the file was altered or cut short. "
    "Nothing was changed."
)


@dataclass(frozen=True, slots=True)
class Header:
    """The first line as it is written, and what it says about encryption; None: there is none."""

    line: bytes
    encryption: dict[str, Any] | None

    @property
    def is_encrypted(self) -> bool:
        return self.encryption is not None


def read_header(file: IO[bytes]) -> Header:
    """The first line of a backup; the file stands behind it then. Raises: InvalidRequest."""
    line = file.readline(MAX_HEADER_BYTES)
    try:
        values = json.loads(line)
        known = values["format"] == FORMAT and values["version"] == VERSION
        encryption = values["encryption"]
        if encryption is not None:
            _check(encryption)
    except (ValueError, KeyError, TypeError) as exc:
        raise InvalidRequest(NOT_A_BACKUP) from exc
    if not known:
        raise InvalidRequest(NOT_A_BACKUP)
    return Header(line, encryption)


@contextmanager
def writer(file: IO[bytes], passphrase: str | None) -> Iterator[IO[bytes]]:
    """Something to write the archive to; the end is sealed when the block ends without an error."""
    encryption = _new_encryption() if passphrase is not None else None
    line = _line(encryption)
    file.write(line)
    if passphrase is None or encryption is None:
        yield file
        return
    sealed = _SealedWriter(file, _Chunks(encryption, passphrase, line))
    yield sealed  # type: ignore[misc]
    sealed.finish()


def reader(file: IO[bytes], header: Header, passphrase: str | None) -> IO[bytes]:
    """Something to read the archive from; `read` raises InvalidRequest where it was altered."""
    if header.encryption is None:
        return file
    chunks = _Chunks(header.encryption, passphrase or "", header.line)
    return _SealedReader(file, chunks)  # type: ignore[return-value]


class _Chunks:
    """Seals and opens chunks, one after the other."""

    def __init__(self, encryption: dict[str, Any], passphrase: str, line: bytes) -> None:
        # Here, not above: a server never needs it.
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

        kdf = Scrypt(
            salt=bytes.fromhex(encryption["salt"]),
            length=KEY_BYTES,
            n=encryption["n"],
            r=encryption["r"],
            p=encryption["p"],
        )
        self._cipher = AESGCM(kdf.derive(passphrase.encode()))
        self._prefix, self._line = bytes.fromhex(encryption["nonce_prefix"]), line
        self.size: int = encryption["chunk_bytes"]
        self._number = 0

    def seal(self, piece: bytes, *, is_last: bool) -> bytes:
        return self._cipher.encrypt(self._nonce(is_last), piece, self._line)

    def open(self, piece: bytes, *, is_last: bool) -> bytes:
        """Raises: InvalidRequest."""
        from cryptography.exceptions import InvalidTag

        try:
            return self._cipher.decrypt(self._nonce(is_last), piece, self._line)
        except InvalidTag as exc:
            raise InvalidRequest(WRONG) from exc

    def _nonce(self, is_last: bool) -> bytes:
        number = self._number.to_bytes(4, "big")
        self._number += 1
        return self._prefix + number + bytes([is_last])


class _SealedWriter:
    """Takes bytes and writes sealed chunks."""

    def __init__(self, file: IO[bytes], chunks: _Chunks) -> None:
        self._file, self._chunks, self._waiting = file, chunks, bytearray()

    def write(self, piece: bytes) -> int:
        self._waiting += piece
        # The last chunk is only known at the end, so one always waits.
        while len(self._waiting) > self._chunks.size:
            whole = bytes(self._waiting[: self._chunks.size])
            self._file.write(self._chunks.seal(whole, is_last=False))
            del self._waiting[: self._chunks.size]
        return len(piece)

    def finish(self) -> None:
        self._file.write(self._chunks.seal(bytes(self._waiting), is_last=True))


class _SealedReader:
    """Reads sealed chunks and gives bytes; a chunk is opened before any of it is given."""

    def __init__(self, file: IO[bytes], chunks: _Chunks) -> None:
        self._file, self._chunks = file, chunks
        self._ready, self._next = b"", file.read(chunks.size + TAG_BYTES)
        self._is_over = False

    def read(self, size: int = -1) -> bytes:
        while not self._is_over and (size < 0 or len(self._ready) < size):
            self._fill()
        end = len(self._ready) if size < 0 else size
        given, self._ready = self._ready[:end], self._ready[end:]
        return given

    def _fill(self) -> None:
        piece, self._next = self._next, self._file.read(self._chunks.size + TAG_BYTES)
        self._is_over = not self._next
        self._ready += self._chunks.open(piece, is_last=self._is_over)


def _new_encryption() -> dict[str, Any]:
    return {
        "cipher": "AES-256-GCM",
        "chunk_bytes": CHUNK_BYTES,
        "nonce_prefix": os.urandom(PREFIX_BYTES).hex(),
        "kdf": "scrypt",
        "n": SCRYPT_N,
        "r": SCRYPT_R,
        "p": SCRYPT_P,
        "salt": os.urandom(SALT_BYTES).hex(),
    }


def _line(encryption: dict[str, Any] | None) -> bytes:
    values = {"format": FORMAT, "version": VERSION, "encryption": encryption}
    return json.dumps(values).encode() + b"\n"


def _check(encryption: dict[str, Any]) -> None:
    """Raises: ValueError, KeyError, TypeError if it is not what is written here, or costs more."""
    n, r, p, size = (int(encryption[name]) for name in ("n", "r", "p", "chunk_bytes"))
    is_usual = encryption["cipher"] == "AES-256-GCM" and encryption["kdf"] == "scrypt"
    is_bounded = 1 < n <= MAX_SCRYPT_N and n & (n - 1) == 0 and 0 < r <= 16 and 0 < p <= 4
    has_sizes = 0 < size <= MAX_CHUNK_BYTES and (
        len(bytes.fromhex(encryption["nonce_prefix"])) == PREFIX_BYTES
        and len(bytes.fromhex(encryption["salt"])) == SALT_BYTES
    )
    if not (is_usual and is_bounded and has_sizes):
        raise ValueError("not written here")
