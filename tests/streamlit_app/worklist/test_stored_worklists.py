"""Worklists by name: found again by their owner, and not for ever."""

from collections.abc import Iterator

from worklist.rows import MAX_ROWS as MAX_LIST
from worklist.rows import DecisionOptions, Row, WorklistImage, forget_oldest
from worklist.stored_worklists import (
    MAX_AGE_S,
    MAX_ROWS,
    StoredWorklists,
    without_thumbnails,
)

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
        assert len(found.rows) == 3

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

    def test_one_in_use_is_not_the_first_to_go(self) -> None:
        clock = Clock()
        lists = StoredWorklists(clock)
        first = lists.keep(rows(MAX_ROWS // 2), owner=ANNA)
        clock.now += 1
        second = lists.keep(rows(MAX_ROWS // 2), owner=BEN)
        clock.now += 1

        assert lists.find(first, owner=ANNA) is not None
        clock.now += 1
        lists.keep(rows(10), owner=BEN)

        assert lists.find(first, owner=ANNA) is not None
        assert lists.find(second, owner=BEN) is None


class TestRows:
    def test_without_pictures_all_else_stays(self) -> None:
        image = WorklistImage("film-1", "1.png")

        kept = without_thumbnails({"film-1": Row(image, DecisionOptions(), thumbnail=b"png")})

        assert kept == {"film-1": Row(image, DecisionOptions())}

    def test_two_tabs_may_bound_a_list_at_once(self) -> None:
        shared = rows(MAX_LIST + 2)

        class ByAnotherTab(dict[str, Row]):
            def __iter__(self) -> Iterator[str]:
                found = list(super().__iter__())
                self.pop("film-0", None)
                return iter(found)

        bounded = ByAnotherTab(shared)
        forget_oldest(bounded)

        assert len(bounded) == MAX_LIST
