"""Worklists by name: found again by their owner, and not for ever."""

from worklist.rows import DecisionOptions, Row, WorklistImage
from worklist.stored_worklists import MAX_AGE_S, MAX_ROWS, StoredWorklists

ANNA, BEN = "http://api pneumonia anna", "http://api pneumonia ben"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def rows(count: int) -> dict[str, Row]:
    images = (WorklistImage(f"film-{number}", f"{number}.png") for number in range(count))
    return {image.key: Row(image, DecisionOptions()) for image in images}


class TestStoredWorklists:
    def test_one_is_found_with_what_was_added_since(self) -> None:
        lists, read = StoredWorklists(), rows(2)
        name = lists.keep(read, owner=ANNA)

        read |= rows(3)

        found = lists.find(name, owner=ANNA)
        assert found is not None
        assert len(found) == 3

    def test_nobody_else_finds_it(self) -> None:
        lists = StoredWorklists()
        name = lists.keep(rows(2), owner=ANNA)

        assert lists.find(name, owner=BEN) is None
        assert lists.find(None, owner=ANNA) is None
        assert lists.find(name, owner=ANNA) is not None

    def test_a_forgotten_one_is_gone(self) -> None:
        lists = StoredWorklists()
        name = lists.keep(rows(2), owner=ANNA)

        lists.forget(name)

        assert lists.find(name, owner=ANNA) is None

    def test_it_goes_half_a_day_after_it_was_looked_at(self) -> None:
        clock = Clock()
        lists = StoredWorklists(clock)
        name = lists.keep(rows(2), owner=ANNA)

        clock.now += MAX_AGE_S - 1
        assert lists.find(name, owner=ANNA) is not None
        clock.now += MAX_AGE_S - 1
        assert lists.find(name, owner=ANNA) is not None
        clock.now += MAX_AGE_S + 1
        assert lists.find(name, owner=ANNA) is None

    def test_the_oldest_make_room(self) -> None:
        clock = Clock()
        lists = StoredWorklists(clock)
        first = lists.keep(rows(MAX_ROWS // 2), owner=ANNA)
        clock.now += 1
        second = lists.keep(rows(MAX_ROWS // 2), owner=BEN)
        clock.now += 1

        third = lists.keep(rows(10), owner=BEN)

        assert lists.find(first, owner=ANNA) is None
        assert lists.find(second, owner=BEN) is not None
        assert lists.find(third, owner=BEN) is not None
