"""Names of archives made on machines of all countries."""

import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.inputs.layout import describe_path, paths_of
from api.samples.archive.directory import Record
from api.samples.archive.names import decoded_names
from api.tasks.task import Task


def record(name: bytes, *, utf8: bool = False, unicode_path: bytes | None = None) -> Record:
    flags = 0x800 if utf8 else 0
    return Record(name, unicode_path, flags, 0, 0, 1, 1, 0, 0)


def decoded(*names: bytes, utf8: bool = False) -> list[str]:
    return decoded_names([record(name, utf8=utf8) for name in names])


class TestCodePages:
    @pytest.mark.parametrize(
        ("encoding", "names"),
        [
            ("utf-8", ["Normal/Müller.png", "COVID-19/患者.png"]),
            ("cp932", ["Normal/正常な肺.png", "COVID-19/表示.png", "COVID-19/ソ.png"]),
            ("cp932", ["Normal/患者さん一.png"]),
            ("gbk", ["Normal/肺部正常.png", "COVID-19/誠.png"]),
            ("gbk", ["Normal/张伟.png", "COVID-19/王小明.png"]),
            ("big5", ["Normal/正常胸部影像.png", "COVID-19/功能.png"]),
            ("cp949", ["Normal/정상흉부사진.png", "COVID-19/폐렴환자가슴.png"]),
            ("cp437", ["Normal/Müller/a.png", "COVID-19/Café.png"]),
            ("cp437", ["Normal/André.png", "Normal/Ångström/b.png"]),
        ],
    )
    def test_all_names_of_an_archive_are_read_by_the_one_that_fits(
        self, encoding: str, names: list[str]
    ) -> None:
        assert decoded(*(name.encode(encoding) for name in names)) == names

    def test_a_letter_whose_second_byte_is_a_backslash_loses_no_class(self, task: Task) -> None:
        """`誠` in GBK, `表` in CP932: archives of Windows, where a backslash separates folders."""
        for encoding, letters in (("gbk", "誠实张伟"), ("cp932", "表示正常ソ")):
            names = [f"COVID-19\\{letter}.png".encode(encoding) for letter in letters]

            paths = paths_of(decoded(*names))

            for path, letter in zip(paths, letters, strict=True):
                assert path == ("COVID-19", f"{letter}.png")

    def test_a_western_letter_before_a_backslash_takes_nothing(self) -> None:
        names = decoded("André\\Normal\\a.png".encode("cp437"), b"Eve\\Normal\\b.png")

        assert paths_of(names)[0] == ("André", "Normal", "a.png")

    def test_a_mark_that_lies_loses_nothing(self) -> None:
        names = decoded("Normal/Müller.png".encode("cp437"), "Normal/王.png".encode(), utf8=True)

        assert names == ["Normal/Müller.png", "Normal/王.png"]


class TestUnicodePaths:
    def extra(self, raw: bytes, name: bytes, *, crc32: int | None = None) -> bytes:
        return struct.pack("<BL", 1, zlib.crc32(raw) if crc32 is None else crc32) + name

    def test_it_counts_if_it_belongs_to_the_name(self) -> None:
        raw, extra = b"Normal/?.png", self.extra(b"Normal/?.png", "Normal/ж.png".encode())

        assert decoded_names([record(raw, unicode_path=extra)]) == ["Normal/ж.png"]

    @pytest.mark.parametrize("crc32", [0, 1])
    def test_it_does_not_if_the_name_was_changed_since(self, crc32: int) -> None:
        extra = self.extra(b"", b"COVID-19/b.png", crc32=crc32)

        assert decoded_names([record(b"Normal/a.png", unicode_path=extra)]) == ["Normal/a.png"]

    @pytest.mark.parametrize("name", [b"", b"\xff\xfe"])
    def test_it_does_not_if_it_is_none(self, name: bytes) -> None:
        extra = self.extra(b"Normal/a.png", name)

        assert decoded_names([record(b"Normal/a.png", unicode_path=extra)]) == ["Normal/a.png"]


class TestAnyBytes:
    @given(st.lists(st.tuples(st.binary(max_size=40), st.booleans()), max_size=8))
    def test_no_name_is_lost_and_a_class_folder_before_it_stays(
        self, given_names: list[tuple[bytes, bool]]
    ) -> None:
        records = [record(b"Normal/" + name, utf8=utf8) for name, utf8 in given_names]

        names = decoded_names(records)

        assert len(names) == len(records)
        assert all(name.startswith("Normal/") for name in names)

    def test_a_decomposed_name_is_of_the_same_patient(self, task: Task) -> None:
        paths = paths_of(
            decoded("Normal/Müller/a.png".encode(), "Normal/Mu\u0308ller/b.png".encode())
        )

        assert len({str(describe_path(path or (), task)) for path in paths}) == 1
