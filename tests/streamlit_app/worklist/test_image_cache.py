"""Few pictures at a time."""

from worklist.image_cache import MAX_BYTES, MAX_IMAGES, ImageCache, Picture

PICTURE = Picture(b"png", is_full=True)


class TestPictures:
    def test_those_looked_at_last_are_kept(self) -> None:
        pictures = ImageCache()
        for number in range(MAX_IMAGES):
            pictures.keep(str(number), PICTURE)
        pictures.get("0")

        pictures.keep("new", PICTURE)

        assert pictures.get("0") == PICTURE
        assert pictures.get("1") is None

    def test_large_ones_make_room_for_the_newest(self) -> None:
        pictures = ImageCache()

        pictures.keep("a", Picture(bytes(MAX_BYTES), is_full=True))
        pictures.keep("b", Picture(bytes(MAX_BYTES + 1), is_full=True))

        assert pictures.get("a") is None
        assert pictures.get("b") is not None

    def test_all_pixels_are_not_given_up_for_some(self) -> None:
        pictures = ImageCache()
        pictures.keep("a", Picture(b"quick", is_full=False))
        pictures.keep("a", PICTURE)

        pictures.keep("a", Picture(b"quick", is_full=False))

        assert pictures.get("a") == PICTURE
