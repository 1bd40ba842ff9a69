"""What a shift of its stream does to an answer."""

import pytest

from api.decision.decide import Decision, decide
from api.decision.stream_shift.answer import StreamState, in_stream, reason_of
from tests.decision.scored import scoring
from tests.support.cards import card

SHIFTED = StreamState(shifted=True, reason="They are unlike.")


@pytest.fixture
def positive() -> Decision:
    decision = decide(scoring(0.99), card())
    assert decision.decision == "positive"
    return decision


class TestAnswers:
    def test_nothing_is_said_where_nobody_looked(self, positive: Decision) -> None:
        assert in_stream(positive, None, refer=True) == positive
        assert positive.site_shift is None

    def test_a_usual_stream_is_said_to_be_one(self, positive: Decision) -> None:
        found = in_stream(positive, StreamState(shifted=False), refer=True)
        assert found.site_shift is False
        assert found.reasons == positive.reasons

    def test_a_shifted_stream_is_warned_of_and_answered(self, positive: Decision) -> None:
        found = in_stream(positive, SHIFTED, refer=False)

        assert (found.site_shift, found.decision, found.causes) == (True, "positive", ())
        assert "They are unlike." in found.reasons
        assert found.reasons[-1] == positive.reasons[-1]

    def test_where_it_is_so_set_a_positive_answer_is_referred(self, positive: Decision) -> None:
        found = in_stream(positive, SHIFTED, refer=True)
        assert (found.decision, found.causes) == ("refer", ("unfamiliar_site",))

    def test_a_negative_answer_is_not(self) -> None:
        negative = decide(scoring(0.01), card())
        found = in_stream(negative, SHIFTED, refer=True)
        assert (found.decision, found.causes, found.site_shift) == ("negative", (), True)

    def test_nor_one_of_a_site_with_a_profile(self, positive: Decision) -> None:
        profiled = StreamState(shifted=True, reason="They are unlike.", is_checked=True)
        assert in_stream(positive, profiled, refer=True).decision == "positive"


class TestReason:
    def test_it_names_the_source_what_differs_and_the_remedy(self) -> None:
        reason = reason_of("St. Anna", window=60, named=("darker", "less sharp"))
        assert "last 60 films of 'St. Anna'" in reason
        assert "(darker, less sharp)" in reason
        assert "not promised" in reason
        assert "make a site profile" in reason

    def test_without_a_source_it_says_how_to_name_one(self) -> None:
        assert "`source`" in reason_of(None, window=60, named=())
