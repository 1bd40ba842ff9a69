"""Few pictures at a time."""

from worklist.image_cache import MAX_BYTES, MAX_IMAGES, ImageCache


class TestImageCache:
    def test_those_looked_at_last_are_kept(self) -> None:
        image_cache = ImageCache()
        for number in range(MAX_IMAGES):
            image_cache.keep(str(number), b"png")
        image_cache.get("0")

        image_cache.keep("new", b"png")

        assert image_cache.get("0") == b"png"
        assert image_cache.get("1") is None

    def test_large_ones_make_room_for_the_newest(self) -> None:
        image_cache = ImageCache()

        image_cache.keep("a", bytes(MAX_BYTES))
        image_cache.keep("b", bytes(MAX_BYTES + 1))

        assert image_cache.get("a") is None
        assert image_cache.get("b") is not None
