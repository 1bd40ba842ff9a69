"""Questions that are asked at once."""

from threading import Barrier

import pytest

from components import concurrent_questions
from components.concurrent_questions import AT_ONCE

SECONDS = 20


class TestQuestions:
    def test_they_are_under_way_together(self) -> None:
        # Nobody gets past it alone.
        met = Barrier(AT_ONCE)

        with concurrent_questions.at_once() as ask:
            asked = [ask(lambda: met.wait(SECONDS)) for _ in range(AT_ONCE)]

        assert sorted(one.result() for one in asked) == list(range(AT_ONCE))

    def test_what_one_meets_is_met_where_its_answer_is_read(self) -> None:
        def refused() -> int:
            raise ValueError("no")

        with concurrent_questions.at_once() as ask:
            asked, other = ask(refused), ask(lambda: 1)

        assert other.result() == 1
        with pytest.raises(ValueError, match="no"):
            asked.result()
