"""The page about alerts has the rules and signals of the program."""

from api.monitoring.alerting.rules import AlertRule, load_rules
from api.monitoring.alerting.signal_names import SIGNALS
from api.records.alerting.events import EventType
from api.reports.markdown import table
from api.reports.markdown_sections import section
from tests.docs.pages import guide
from tests.docs.test_reference import first_cells


def rules_table() -> str:
    rows = [
        (
            f"`{rule.name}`",
            f"`{rule.when}` for {_duration(rule)}",
            f"{rule.clear:g}",
            rule.severity,
            f"{rule.says}.",
            rule.do,
        )
        for rule in load_rules()
    ]
    return table(("alert", "when", "clear", "severity", "says", "what to do"), rows)


def signals_table() -> str:
    rows = [
        (f"`{name}`", kind.unit, "each task" if kind.is_of_a_task else "server", kind.means)
        for name, kind in SIGNALS.items()
    ]
    return table(("signal", "unit", "of", "means"), rows)


def _duration(rule: AlertRule) -> str:
    seconds = int(rule.holds_for.total_seconds())
    for unit, name in ((3600, "h"), (60, "m")):
        if seconds and seconds % unit == 0:
            return f"{seconds // unit}{name}"
    return f"{seconds}s"


class TestTables:
    def test_the_rules_are_those_of_the_file(self) -> None:
        assert section(guide("alerts.md").text, "alerts") == rules_table()

    def test_the_signals_are_those_that_can_be_named(self) -> None:
        assert section(guide("alerts.md").text, "signals") == signals_table()

    def test_the_events_are_those_that_are_sent(self) -> None:
        cells = first_cells("alerts.md", "Who is told")

        assert sorted(set(cells) & set(EventType)) == sorted(EventType)

    def test_the_fields_are_those_that_a_rule_has(self) -> None:
        text = guide("alerts.md").text.partition("| field | means |")[2].partition("\n\n")[0]
        fields = {field.alias or name for name, field in AlertRule.model_fields.items()}

        assert all(f"`{name}`" in text for name in fields)
