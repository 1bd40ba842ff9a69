"""Few pictures at a time."""

from worklist.pictures import MAX_BYTES, MAX_PICTURES, Pictures


class TestPictures:
    def test_those_looked_at_last_are_kept(self) -> None:
        pictures = Pictures()
        for number in range(MAX_PICTURES):
            pictures.keep(str(number), b"png")
        pictures.get("0")

        pictures.keep("new", b"png")

        assert pictures.get("0") == b"png"
        assert pictures.get("1") is None

    def test_large_ones_make_room_for_the_newest(self) -> None:
        pictures = Pictures()

        pictures.keep("a", bytes(MAX_BYTES))
        pictures.keep("b", bytes(MAX_BYTES + 1))

        assert pictures.get("a") is None
        assert pictures.get("b") is not None
