"""Queues of *Review* by name: found again by their owner, and not for ever."""

from typing import cast

from api_types import ReviewItem
from components.review.review_queue import Queue, QueueFilter, Step
from components.review.stored_queues import MAX_AGE_S, MAX_QUEUES, StoredQueues
from tests.streamlit_app import answers

ANNA, BEN = "http://api pneumonia anna", "http://api pneumonia ben"


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def queue(n: int = 3) -> Queue:
    items = cast("list[ReviewItem]", answers.review(n=n)["items"])
    return Queue(QueueFilter("any", "", "first", blinded=False), "http://api", n, 0, items)


class TestStoredQueues:
    def test_what_was_skipped_is_skipped_when_it_is_found_again(self) -> None:
        queues, shown = StoredQueues(), queue()
        name = queues.keep(shown, owner=ANNA)
        shown.steps.append(Step(shown.items[0], None))

        assert queues.keep(shown, owner=ANNA, name=name) == name

        found = queues.find(name, owner=ANNA)
        assert found is not None
        assert found.current == shown.items[1]

    def test_nobody_else_finds_it(self) -> None:
        queues = StoredQueues()
        name = queues.keep(queue(), owner=ANNA)

        assert queues.find(name, owner=BEN) is None
        assert queues.find(None, owner=ANNA) is None

    def test_two_tabs_go_their_own_way(self) -> None:
        queues, shown = StoredQueues(), queue()
        name = queues.keep(shown, owner=ANNA)
        other = queues.find(name, owner=ANNA)
        assert other is not None

        shown.steps.append(Step(shown.items[0], None))
        shown.revealed.add("p1")

        assert (other.steps, other.revealed) == ([], set())

    def test_it_goes_half_a_day_after_it_was_drawn(self) -> None:
        clock = Clock()
        queues = StoredQueues(clock)
        name = queues.keep(queue(), owner=ANNA)

        clock.now = MAX_AGE_S + 1

        assert queues.find(name, owner=ANNA) is None

    def test_of_too_many_the_oldest_go(self) -> None:
        clock = Clock()
        queues, names = StoredQueues(clock), list[str]()
        for clock.now in range(MAX_QUEUES + 1):
            names.append(queues.keep(queue(1), owner=ANNA))

        assert queues.find(names[0], owner=ANNA) is None
        assert queues.find(names[1], owner=ANNA) is not None
