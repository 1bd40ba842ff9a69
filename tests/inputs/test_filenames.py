"""Names from outside are stored as people and tables can take them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.inputs.filenames import printable_name


class TestPrintableNames:
    @pytest.mark.parametrize(
        ("name", "stored"),
        [
            ("film.png", "film.png"),
            ("患者 17/Müller.png", "患者 17/Müller.png"),
            ("a\x00b\n\x1b[31m.png", "a\ufffdb\ufffd\ufffd[31m.png"),
            ("gnp.\u202eexe", "gnp.\ufffdexe"),
            ("\udcff.png", "\ufffd.png"),
            ("10.31\u202fAM.png", "10.31 AM.png"),
            ("", "unnamed"),
            (None, "unnamed"),
        ],
    )
    def test_what_cannot_be_shown_is_replaced(self, name: str | None, stored: str) -> None:
        assert printable_name(name) == stored

    def test_a_long_name_keeps_both_ends(self) -> None:
        name = printable_name("first" + "x" * 300 + "last.png")

        assert len(name) == 255
        assert (name[:5], name[-8:]) == ("first", "last.png")

    @given(st.text(st.characters(categories=["L", "N", "P", "S", "Z", "C"]), max_size=400))
    def test_any_name_becomes_one_that_a_database_takes(self, name: str) -> None:
        stored = printable_name(name)

        assert stored.isprintable()
        assert 0 < len(stored) <= 255
        stored.encode()
