"""What a list of moves adds up to, and what is no list of moves."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from api.registry.history import (
    MAX_BYTES,
    AliasChange,
    History,
    MoveKind,
    dump_history,
    parse_history,
    rollback_target,
)
from tests.support.damaged_json import NOT_A_HISTORY

AT = datetime(2026, 1, 2, tzinfo=UTC)


def move(
    version: str, previous: str | None, kind: MoveKind = MoveKind.PROMOTION, reason: str = "r"
) -> AliasChange:
    return AliasChange(
        version=version, previous=previous, kind=kind, at=AT, by="test", reason=reason
    )


class TestReading:
    @given(st.lists(st.tuples(st.integers(0, 99), st.text(max_size=20)), min_size=1, max_size=9))
    def test_what_was_written_is_read_back(self, moves: list[tuple[int, str]]) -> None:
        history = tuple(move(f"v{number}", None, reason=reason) for number, reason in moves)

        assert parse_history(dump_history(history)) == history

    @pytest.mark.parametrize("content", NOT_A_HISTORY, ids=range(len(NOT_A_HISTORY)))
    def test_everything_else_is_refused(self, content: bytes) -> None:
        with pytest.raises(ValidationError):
            parse_history(content)

    @given(st.binary(max_size=60))
    def test_of_bytes_none_is_taken(self, content: bytes) -> None:
        with pytest.raises(ValidationError):
            parse_history(content)

    @given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=5), st.lists))
    def test_of_json_too(self, value: object) -> None:
        with pytest.raises(ValidationError):
            parse_history(json.dumps(value).encode())

    def test_a_file_of_a_former_release_is_read(self) -> None:
        old = [{"version": "v2", "previous": "v1", "at": "2026-01-02T03:04:05Z", "by": "api",
                "reason": "better"}]  # fmt: skip

        (found,) = parse_history(json.dumps(old).encode())

        assert (found.kind, found.overrides, found.note) == ("promotion", (), "")

    def test_what_would_be_too_large_to_be_read_loses_its_older_half(self) -> None:
        history = tuple(move(f"v{n}", f"v{n - 1}", reason="x" * 500) for n in range(1, 8001))

        parsed = parse_history(dump_history(history))

        assert len(dump_history(history)) <= MAX_BYTES
        assert parsed == history[-len(parsed) :]
        assert len(parsed) >= 2000


class TestRollingBack:
    @given(st.lists(st.one_of(st.integers(1, 5), st.none()), max_size=30))
    def test_it_walks_back_the_way_that_was_come(self, requests: list[int | None]) -> None:
        """A number: promote that version; None: roll back."""
        history: History = ()
        way = ["v1"]
        for request in requests:
            if request is None and len(way) > 1:
                left = way.pop()
                history += (move(way[-1], left, MoveKind.ROLLBACK),)
            elif request is not None and f"v{request}" != way[-1]:
                history += (move(f"v{request}", way[-1]),)
                way.append(f"v{request}")

            assert rollback_target(history) == (way[-2] if len(way) > 1 else None)

    def test_moves_to_itself_of_a_former_release_count_for_nothing(self) -> None:
        history = (move("v2", "v1"), move("v2", "v1"), move("v2", "v2"))

        assert rollback_target(history) == "v1"

    def test_a_promotion_that_was_undone_twice_by_a_former_release_is_undone(self) -> None:
        history = (
            move("v2", "v1"), move("v3", "v2"), move("v2", "v3", MoveKind.ROLLBACK),
            move("v2", "v3", MoveKind.ROLLBACK),
        )  # fmt: skip

        assert rollback_target(history) == "v1"

    def test_a_rollback_to_where_nobody_was_is_taken_as_it_is(self) -> None:
        history = (move("v2", None), move("v5", "v2", MoveKind.ROLLBACK))

        assert rollback_target(history) == "v2"
