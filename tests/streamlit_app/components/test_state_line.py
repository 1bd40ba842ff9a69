"""The line of the page Monitor: green or not, and why."""

from typing import cast

from api_types import AlertList, Status
from components.state import state_line
from tests.streamlit_app import answers

QUIET = cast(AlertList, answers.alerts())


def status(**changes: object) -> Status:
    fine = {"models": {"ok": True, "detail": "v2"}}
    return cast(Status, answers.status(**{"health": fine} | changes))


class TestUnwell:
    def test_nothing_is_said_while_all_works(self) -> None:
        assert state_line.unwell(status(), QUIET) == []

    def test_parts_a_missing_version_and_alerts_are_named(self) -> None:
        alert = answers.alert(name="disk_space", says="A disk is nearly full")
        broken = {"disk": {"ok": False, "detail": "full"}}

        found = state_line.unwell(
            status(health=broken, model_version=None), cast(AlertList, answers.alerts(alert))
        )

        assert found == ["disk: full", "No version serves yet.", "A disk is nearly full"]
