"""ZIP archives are read without being trusted."""

import gc
import io
import struct
import warnings
import zipfile

import pytest

from api.errors import InvalidUpload, TooLarge, UnreadableImage
from api.samples.archive.directory import Record
from api.samples.archive.reader import Archive, ArchiveLimits, is_archive
from tests.samples.archive.archives import encrypted, lying, opened
from tests.support import images


class TestRecognising:
    def test_archives_even_empty_ones_are_recognised(self) -> None:
        assert is_archive(images.zipped({"a": b"1"})[:4])
        assert is_archive(images.zipped({})[:4])

    @pytest.mark.parametrize("content", [b"", b"PK", images.png()[:4]])
    def test_nothing_else_is(self, content: bytes) -> None:
        assert not is_archive(content)


class TestListing:
    def test_entries_come_in_order_with_their_folders(self) -> None:
        content = images.zipped({"data/Normal/b.png": b"1", "./a.png": b"2", "x\\Viral\\d": b"3"})

        with opened(content) as archive:
            entries = [(entry.name, entry.path) for entry in archive.entries()]

        assert entries == [
            ("data/Normal/b.png", ("data", "Normal", "b.png")),
            ("./a.png", ("a.png",)),
            ("x\\Viral\\d", ("x\\Viral\\d",)),
        ]

    def test_a_backslash_separates_where_no_name_has_a_slash(self) -> None:
        with opened(images.zipped({"Normal\\": b"", "Normal\\a.png": b"1"})) as archive:
            assert [entry.path for entry in archive.entries()] == [("Normal", "a.png")]

    def test_a_name_that_comes_twice_is_two_entries(self) -> None:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            archive.writestr("a.png", b"1")
            archive.writestr("a.png", b"2")

        with opened(buffer.getvalue()) as read:
            assert [read.read(entry) for entry in read.entries()] == [b"1", b"2"]

    def test_what_stands_before_an_archive_does_not_matter(self) -> None:
        with opened(b"#!/bin/sh\n" + images.zipped({"a.png": b"abc"})) as archive:
            assert archive.read(next(archive.entries())) == b"abc"

    def test_folders_and_the_marks_that_systems_leave_are_passed_over(self) -> None:
        content = images.zipped(
            {
                "Normal/": b"",
                "__MACOSX/Normal/._a.png": b"1",
                "Normal/.DS_Store": b"2",
                "Normal/a.png": b"3",
            }
        )

        with opened(content) as archive:
            assert [entry.name for entry in archive.entries()] == ["Normal/a.png"]

    @pytest.mark.parametrize("entries", [{}, {"Normal/": b""}, {"__MACOSX/a": b"1"}])
    def test_an_archive_without_files_is_refused(self, entries: dict[str, bytes]) -> None:
        with pytest.raises(InvalidUpload, match="holds no files"):
            opened(images.zipped(entries))


class TestRefusing:
    def test_a_damaged_archive_is_refused(self) -> None:
        content = images.zipped({"Normal/a.png": images.png()})

        for broken in (content[:100], content[:-30], b"PK\x03\x04" + bytes(200)):
            with pytest.raises(InvalidUpload, match="damaged"):
                opened(broken)

    def test_too_many_files_are_refused_with_the_count(self) -> None:
        content = images.zipped({f"{n}.png": b"x" for n in range(11)})

        with pytest.raises(TooLarge, match="11 files; at most 10"):
            opened(content)

    def test_a_bomb_that_admits_its_size_is_refused_unread(self) -> None:
        content = images.zipped({f"{n}.png": bytes(500_000) for n in range(5)}, compress=True)
        assert len(content) < 10_000

        with pytest.raises(TooLarge, match="unpacks to more than 2 MB"):
            opened(content)


class TestReading:
    def test_an_entry_is_read_whole(self) -> None:
        with opened(images.zipped({"Normal/a.png": images.png()}, compress=True)) as archive:
            assert archive.read(next(archive.entries())) == images.png()

    def test_a_bomb_that_lies_about_its_size_yields_no_more_than_the_limit(self) -> None:
        content = lying(images.zipped({"a.png": bytes(1_500_000)}, compress=True), size=100)

        with opened(content) as archive, pytest.raises((UnreadableImage, TooLarge)):
            archive.read(next(archive.entries()))

    def test_an_entry_over_the_limit_of_a_file_is_refused(self) -> None:
        content = images.zipped({"a.png": bytes(1_000_001)}, compress=True)

        with opened(content) as archive, pytest.raises(TooLarge, match="more than 1 MB"):
            archive.read(next(archive.entries()))

    def test_an_encrypted_entry_is_refused_with_the_remedy(self) -> None:
        with (
            opened(encrypted()) as archive,
            pytest.raises(UnreadableImage, match="without a password"),
        ):
            archive.read(next(archive.entries()))

    def test_a_damaged_entry_is_refused(self) -> None:
        content = bytearray(images.zipped({"a.png": images.png()}, compress=True))
        content[2000:2100] = bytes(100)

        with (
            opened(bytes(content)) as archive,
            pytest.raises(UnreadableImage, match="damaged in the archive"),
        ):
            archive.read(next(archive.entries()))

    @pytest.mark.parametrize(
        "name",
        [
            "../evil.png", "Normal/../../evil.png", "/etc/evil.png", "..\\evil.png", "C:\\evil.png",
            "c:/evil.png", "\\\\server\\share\\evil.png", "Normal/x\\..\\..\\evil.png",
        ],
    )  # fmt: skip
    def test_a_path_that_leads_out_is_refused(self, name: str) -> None:
        with (
            opened(images.zipped({name: images.png()})) as archive,
            pytest.raises(UnreadableImage, match="leads out of the archive"),
        ):
            archive.read(next(archive.entries()))

    @pytest.mark.parametrize(
        "name", ["a:b.png", "Normal/2026-01-02T10:30.png", "Normal/C:x.png", "Normal/C:/x.png"]
    )
    def test_a_colon_elsewhere_is_a_letter(self, name: str) -> None:
        with opened(images.zipped({name: b"abc"})) as archive:
            assert archive.read(next(archive.entries())) == b"abc"

    def test_an_archive_in_an_archive_is_named(self) -> None:
        inner = images.zipped({"Normal/a.png": b"x"})

        with (
            opened(images.zipped({"Normal/inner.zip": inner})) as archive,
            pytest.raises(UnreadableImage, match="archives in archives are not opened"),
        ):
            archive.read(next(archive.entries()))

    def test_a_link_is_named(self) -> None:
        buffer = io.BytesIO()
        info = zipfile.ZipInfo("Normal/a.png")
        info.create_system, info.external_attr = 3, 0o120777 << 16
        with zipfile.ZipFile(buffer, "w") as written:
            written.writestr(info, "/etc/passwd")

        with opened(buffer.getvalue()) as archive, pytest.raises(UnreadableImage, match="a link"):
            archive.read(next(archive.entries()))

    def test_a_path_that_no_disk_takes_is_refused(self) -> None:
        name = "x/" * 3000 + "a.png"

        with (
            opened(images.zipped({name: b"x"}), ArchiveLimits(1000, 10**6, 10**6)) as archive,
            pytest.raises(UnreadableImage, match="longer than 4096"),
        ):
            archive.read(next(archive.entries()))

    def test_closing_closes_the_archive(self) -> None:
        with opened(images.zipped({"a.png": b"abc"})) as archive:
            entry = next(archive.entries())

        with pytest.raises(UnreadableImage, match="closed"):
            archive.read(entry)


def with_zip64_record(content: bytes, *, stated: int) -> bytes:
    """The list's true place in a ZIP64 record; the plain record says `stated` for its length."""
    end = bytearray(content[-22:])
    count, size, offset = struct.unpack("<H2L", end[10:20])
    record = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, size, offset)
    locator = struct.pack("<4sLQL", b"PK\x06\x07", 0, offset + size, 1)
    struct.pack_into("<L", end, 12, stated)
    return content[:-22] + record + locator + end


class TestLongLists:
    def test_what_is_no_picture_is_not_held(self) -> None:
        content = images.zipped({"a.png": b"x"} | {f"{n}/": b"" for n in range(500)})

        with opened(content) as archive:
            gc.collect()
            held = sum(isinstance(thing, Record) for thing in gc.get_objects())
            assert archive.read(next(archive.entries())) == b"x"

        assert held == len(archive) == 1

    def test_the_length_that_counts_is_the_one_that_would_be_read(self) -> None:
        few = with_zip64_record(images.zipped({"a.png": b"x"}), stated=0xFFFFFFFF)
        with opened(few) as archive:
            assert archive.read(next(archive.entries())) == b"x"

        many = images.zipped({"a.png": b"x"} | {f"{n:080d}/": b"" for n in range(2000)})
        with pytest.raises(TooLarge, match="lists far more"):
            opened(with_zip64_record(many, stated=10))

    def test_a_pointer_to_a_record_that_is_not_there_is_damage(self) -> None:
        content = with_zip64_record(images.zipped({"a.png": b"x"}), stated=10)

        with pytest.raises(InvalidUpload, match="damaged"):
            opened(content.replace(b"PK\x06\x06", b"PK\x06\x00"))

    def test_a_list_of_far_too_many_entries_is_refused_before_it_is_read(self) -> None:
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            for number in range(3000):
                archive.writestr(f"Normal/{number:080d}.png", b"")
        buffer.seek(0)

        with pytest.raises(TooLarge, match="lists far more"):
            Archive(
                buffer, ArchiveLimits(max_files=10, max_total_bytes=10**9, max_file_bytes=10**6)
            )
