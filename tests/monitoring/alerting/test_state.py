"""The state machine of an alert, by hand."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from api.monitoring.alerting.rules import AlertRule
from api.monitoring.alerting.state import NO_DATA_AFTER, AlertState, AlertStatus, step

START = datetime(2026, 3, 1, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def rule(**changes: object) -> AlertRule:
    fields = {
        "name": "errors",
        "when": "error_rate > 0.05",
        "clear": 0.02,
        "for": "2m",
        "severity": "warning",
        "says": "Requests fail",
        "do": "Look.",
        "promql": "x",
    }
    return AlertRule.model_validate(fields | changes)


def walked(of: AlertRule, values: Sequence[float | None], every: timedelta = MINUTE) -> list[str]:
    """The status after each value, a minute apart."""
    state: AlertState | None = None
    found = []
    for number, value in enumerate(values):
        state = step(of, state, value, START + number * every)
        found.append(state.status.value)
    return found


class TestPending:
    def test_it_fires_once_the_condition_held_for_so_long(self) -> None:
        assert walked(rule(), [0.1, 0.1, 0.1, 0.1]) == ["pending", "pending", "firing", "firing"]

    def test_a_value_between_that_is_fine_begins_it_anew(self) -> None:
        assert walked(rule(), [0.1, 0.1, 0.05, 0.1, 0.1, 0.1]) == [
            "pending", "pending", "ok", "pending", "pending", "firing",
        ]  # fmt: skip

    def test_no_value_ends_it(self) -> None:
        assert walked(rule(), [0.1, None, 0.1]) == ["pending", "ok", "pending"]

    def test_without_a_duration_it_fires_at_once(self) -> None:
        assert walked(rule(**{"for": "0s"}), [0.1]) == ["firing"]


class TestFiring:
    def test_it_is_over_at_the_clear_threshold_and_not_before(self) -> None:
        of = rule(**{"for": "0s"})

        assert walked(of, [0.1, 0.04, 0.021, 0.02]) == ["firing", "firing", "firing", "ok"]

    def test_a_lower_bound_is_cleared_above(self) -> None:
        of = rule(when="disk_free_bytes < 2e9", clear=4e9, **{"for": "0s"})

        assert walked(of, [3e9, 1e9, 3e9, 4e9, 3e9]) == ["ok", "firing", "firing", "ok", "ok"]

    def test_without_a_value_it_goes_on_for_an_hour(self) -> None:
        of = rule(**{"for": "0s"})
        minutes = NO_DATA_AFTER // MINUTE

        found = walked(of, [0.1, *[None] * (minutes + 1)])

        assert found == [*["firing"] * (minutes + 1), "ok"]

    def test_a_value_in_between_begins_that_hour_anew(self) -> None:
        of = rule(**{"for": "0s"})
        half = [None] * 40

        assert set(walked(of, [0.1, *half, 0.03, *half])) == {"firing"}

    def test_since_is_when_it_began(self) -> None:
        of = rule(**{"for": "0s"})
        first = step(of, None, 0.1, START)

        assert step(of, first, 0.3, START + MINUTE) == AlertState(
            AlertStatus.FIRING, START, value=0.3
        )
