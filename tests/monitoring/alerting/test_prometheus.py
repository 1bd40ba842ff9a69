"""The rules for Prometheus are those of the file, and fire in simulated incidents."""

import re
from pathlib import Path

from api.monitoring.alerting.prometheus import alert_name, expression, prometheus_rules
from api.monitoring.alerting.rules import load_rules
from api.settings import ROOT
from tests.support.promtool import promtool

FOLDER = ROOT / "deploy/prometheus"
RULES = FOLDER / "roentgen.rules.yml"
TESTS = FOLDER / "tests.yml", FOLDER / "tests_of_days.yml"


class TestTheCommittedFile:
    def test_it_is_what_the_rules_say(self) -> None:
        committed = RULES.read_text(encoding="utf-8")

        assert committed == prometheus_rules(load_rules()), (
            "run `python -m api alerts prometheus --into deploy/prometheus/roentgen.rules.yml`"
        )

    def test_every_rule_has_an_incident(self) -> None:
        text = "".join(path.read_text(encoding="utf-8") for path in TESTS)
        tested = set(re.findall(r"alertname: (\w+)", text))

        assert tested == {alert_name(rule) for rule in load_rules()}


class TestPromtool:
    def test_the_rules_are_valid(self) -> None:
        promtool("check", "rules", str(RULES))

    def test_each_fires_when_it_should_and_ends_when_it_should(self) -> None:
        promtool("test", "rules", *map(str, TESTS))


class TestAnOwnFile:
    def test_its_thresholds_are_in_the_rules(self, tmp_path: Path) -> None:
        own = tmp_path / "own.toml"
        own.write_text(
            '[[alert]]\nname = "disk_space"\nwhen = "disk_free_bytes < 5e10"\nclear = 6e10\n'
            '[[alert]]\nname = "class_mix"\nwhen = "class_mix > 0.4"\n'
        )
        rules = {rule.name: rule for rule in load_rules(str(own))}

        assert expression(rules["disk_space"]) == (
            "(min(roentgen_disk_free_bytes) < 5e+10) or ((min(roentgen_disk_free_bytes) < 6e+10) "
            'and on () ALERTS{alertname="RoentgenDiskSpace",alertstate="firing"})'
        )
        assert "> 0.4) and on (task)" in expression(rules["class_mix"])
