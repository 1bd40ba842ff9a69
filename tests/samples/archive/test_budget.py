"""What one archive may cost, and that every entry has an outcome within it."""

import contextlib
import io
import itertools
import struct

from hypothesis import given, settings
from hypothesis import strategies as st

from api.errors import InvalidUpload, TooLarge
from api.inputs.layout import is_system_file
from api.samples.archive.reader import Archive, ArchiveLimits, Budget
from tests.samples.archive.archives import LIMITS, opened, outcomes, packed
from tests.support import images
from tests.support.examples import examples


class TestTheBudget:
    def test_what_several_archives_unpack_to_is_counted_together(self) -> None:
        budget = Budget(LIMITS)
        content = images.zipped({f"{n}.png": bytes(400_000) for n in range(5)}, compress=True)

        found = []
        for _ in range(3):
            with Archive(io.BytesIO(content), LIMITS, budget) as archive:
                found += outcomes(archive)

        assert found[:5] == ["400000"] * 5
        assert len(found) == 15
        assert all("unpacks to more than 2 MB. Send it in parts" in text for text in found[6:])
        assert budget.unpacked_bytes <= LIMITS.max_total_bytes + 400_000

    def test_entries_that_share_their_bytes_are_counted_each(self) -> None:
        """The kernel of a bomb without recursion: an index with one body under many names."""
        one = images.zipped({"a.png": bytes(900_000)}, compress=True)
        start = one.index(b"PK\x01\x02")
        index, end = one[start:-22], bytearray(one[-22:])
        struct.pack_into("<2H2L", end, 8, 8, 8, 8 * len(index), start)
        # Each says that it is small, and together they stay below the limit.
        lying_index = bytearray(index)
        struct.pack_into("<L", lying_index, 24, 200_000)

        with opened(one[:start] + bytes(lying_index) * 8 + bytes(end)) as archive:
            found = outcomes(archive)

        assert len(found) == 8
        assert all("damaged" in text or "Send it in parts" in text for text in found)

    def test_time_runs_out_for_all_archives_together_and_every_entry_is_told(self) -> None:
        ticks = itertools.count(step=0.1)
        budget = Budget(
            ArchiveLimits(10, 2_000_000, 1_000_000, max_seconds=3.0), clock=lambda: next(ticks)
        )
        content = images.zipped({f"{n}.png": bytes(300_000) for n in range(5)}, compress=True)

        found = []
        for _ in range(2):
            with Archive(io.BytesIO(content), budget.limits, budget) as archive:
                found += outcomes(archive)

        assert len(found) == 10
        assert found[0] == "300000"
        assert "took 3 s of processor time" in found[-1]

    def test_a_stream_that_gives_nothing_is_stopped_by_time(self) -> None:
        """Blocks without content: megabytes to read, not a byte unpacked."""
        empty_blocks = b"\x00\x00\x00\xff\xff" * 150_000 + b"\x03\x00"
        content = packed(empty_blocks, method=8, size=1)
        ticks = itertools.count()
        budget = Budget(
            ArchiveLimits(10, 2_000_000, 1_000_000, max_seconds=5), clock=lambda: next(ticks)
        )

        with Archive(io.BytesIO(content), budget.limits, budget) as archive:
            (found,) = outcomes(archive)

        assert "processor time" in found
        assert next(ticks) < 12


NAMES = st.one_of(
    st.text(max_size=40),
    st.lists(
        st.sampled_from(["Normal", "COVID-19", "..", ".", "", "masks", "a:b", "患者", "x" * 300]),
        max_size=4,
    ).map(lambda parts: "/".join([*parts, "a.png"])),
    st.sampled_from(["Thumbs.db", "__MACOSX/._a.png", "Normal\\\\a.png", ".png", "a/"]),
)


def with_raw_names(names: list[bytes], *, flags: int) -> bytes:
    """An archive of entries with these bytes as names, and one byte each."""
    body = index = b""
    for name in names:
        fixed = struct.pack("<HHHLLLHH", 0, 0, 0, 0x8CDC1683, 1, 1, len(name), 0)
        index += b"PK\x01\x02" + struct.pack("<HHH", 20, 20, flags) + fixed
        index += struct.pack("<HHHLL", 0, 0, 0, 0, len(body)) + name
        body += b"PK\x03\x04" + struct.pack("<HH", 20, flags) + fixed + name + b"x"
    count = len(names)
    return (
        body
        + index
        + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, count, count, len(index), len(body), 0)
    )


class TestEveryEntryHasAnOutcome:
    @given(st.lists(st.one_of(st.binary(max_size=30), NAMES.map(str.encode)), min_size=1),
           st.sampled_from([0, 0x800]))  # fmt: skip
    @settings(max_examples=examples(300), deadline=None)
    def test_whatever_the_names_are(self, names: list[bytes], flags: int) -> None:
        limits = ArchiveLimits(1000, 10**6, 1000)
        content = with_raw_names(names, flags=flags)

        # Only what a system left may be passed over, and that has a dot or one of these words.
        words = (b".", b"macosx", b"icon\r", b"@eadir", b"recycle", b"system volume", b"lost+found")
        certain = [name for name in names if not any(word in name.lower() for word in words)]
        archive = listed(content, limits)
        if archive is None:
            assert certain == []
            return
        with archive:
            found = outcomes(archive)
            paths = [entry.path for entry in archive.entries()]

        assert len(certain) <= len(found) == len(paths) <= len(names)
        assert all(text == "1" or "path" in text for text in found)
        assert not any(path is not None and is_system_file(path) for path in paths)

    @given(st.binary(max_size=400))
    @settings(max_examples=examples(300), deadline=None)
    def test_an_archive_of_any_bytes_is_read_or_refused(self, noise: bytes) -> None:
        content = bytearray(images.zipped({"Normal/a.png": b"abc", "b.png": b"def"}, compress=True))
        for place, byte in zip(range(0, len(content), 3), noise, strict=False):
            content[place] ^= byte & 1

        try:
            with opened(bytes(content)) as archive:
                outcomes(archive)
        except (InvalidUpload, TooLarge):
            pass


def listed(content: bytes, limits: ArchiveLimits) -> Archive | None:
    """The archive, or None if it holds nothing."""
    with contextlib.suppress(InvalidUpload):
        return opened(content, limits)
    return None
