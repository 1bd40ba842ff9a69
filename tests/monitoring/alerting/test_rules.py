"""What a file of alert rules may say, and what is said of one that does not."""

import tomllib
from datetime import timedelta
from pathlib import Path

import pytest

from api.errors import InvalidAlertRules
from api.monitoring.alerting import signal_names, signals
from api.monitoring.alerting.rules import SHIPPED, Condition, load_rules
from api.settings import ROOT

OWN = """
[[alert]]
name = "mine"
when = "referral_rate >= 0.9"
clear = 0.5
for = "1h"
severity = "info"
says = "Nearly all films are referred"
do = "Look at them."
promql = "x"
"""


def written(tmp_path: Path, text: str) -> str:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def changed(tmp_path: Path, **fields: str) -> str:
    """The file above with other values, or without a field where the value is empty."""
    (entry,) = tomllib.loads(OWN)["alert"]
    lines = [f"{k} = {v!r}" for k, v in entry.items() if k not in fields]
    lines += [f"{k} = {v}" for k, v in fields.items() if v]
    return written(tmp_path, "[[alert]]\n" + "\n".join(lines))


class TestShipped:
    def test_every_signal_has_a_rule_and_can_be_read(self) -> None:
        used = {rule.condition.signal for rule in load_rules()}

        assert used == set(signal_names.SIGNALS) == set(signals.SIGNALS)

    def test_each_says_in_one_sentence_what_to_do(self) -> None:
        for rule in load_rules():
            assert rule.do.endswith("."), rule.name
            assert not rule.says.endswith("."), rule.name

    def test_the_pages_and_settings_that_they_name_exist(self) -> None:
        text = SHIPPED.read_text(encoding="utf-8")
        app = (ROOT / "streamlit_app/app.py").read_text(encoding="utf-8")

        for page in ("Monitor", "Review", "Site check", "Train"):
            assert page in text
            assert f'"{page}"' in app


class TestOwnFile:
    def test_a_rule_of_another_name_is_one_more(self, tmp_path: Path) -> None:
        rules = load_rules(written(tmp_path, OWN))

        assert [rule.name for rule in rules[:-1]] == [rule.name for rule in load_rules()]
        assert rules[-1].condition == Condition("referral_rate", ">=", 0.9)
        assert rules[-1].holds_for == timedelta(hours=1)

    def test_an_entry_of_a_shipped_name_changes_what_it_says(self, tmp_path: Path) -> None:
        own = '[[alert]]\nname = "disk_space"\nwhen = "disk_free_bytes < 5e10"\nclear = 6e10\n'

        rule = next(r for r in load_rules(written(tmp_path, own)) if r.name == "disk_space")

        assert rule.condition.threshold == 5e10
        assert rule.severity == "critical"

    def test_a_rule_can_be_switched_off(self, tmp_path: Path) -> None:
        own = '[[alert]]\nname = "no_predictions"\nenabled = false\n'

        names = [rule.name for rule in load_rules(written(tmp_path, own))]

        assert "no_predictions" not in names
        assert len(names) == len(load_rules()) - 1

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"when": "'eror_rate > 1'"}, "no signal 'eror_rate'; there are class_mix, compute_"),
            ({"when": "'referral_rate'"}, "write it like 'error_rate > 0.05'"),
            ({"when": "'referral_rate > 1e'"}, "could not convert"),
            ({"for": "'ten minutes'"}, "write it like '90s', '10m', '2h' or '1d'"),
            ({"for": "5"}, "write it like '90s', '10m', '2h' or '1d'"),
            ({"clear": "0.95"}, "'clear' is 0.95, where 'referral_rate >= 0.9' still holds"),
            ({"clear": "nan"}, "finite number"),
            ({"severity": "'loud'"}, "field 'severity'"),
            ({"do": ""}, "field 'do': Field required"),
            ({"colour": "'red'"}, "field 'colour': Extra inputs are not permitted"),
            ({"promql": ""}, "give one of 'promql' and 'promql_condition'"),
            ({"name": "'../x'"}, "field 'name'"),
        ],
    )
    def test_what_is_wrong_is_said_with_rule_and_field(
        self, tmp_path: Path, fields: dict[str, str], sentence: str
    ) -> None:
        with pytest.raises(InvalidAlertRules) as caught:
            load_rules(changed(tmp_path, **fields))

        assert sentence in caught.value.message
        assert "'mine.toml', alert '" in caught.value.message

    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("[[alert]\n", "are no TOML"),
            ("rule = 1\n", "may hold [[alert]] tables and nothing else"),
            ("alert = 3\n", "may hold [[alert]] tables and nothing else"),
            ("[[alert]]\nclear = 1\n", "alert 1 has no 'name'"),
            (OWN + OWN, "there are two alerts named 'mine'"),
        ],
    )
    def test_a_file_that_is_no_list_of_rules_is_refused(
        self, tmp_path: Path, text: str, sentence: str
    ) -> None:
        with pytest.raises(InvalidAlertRules) as caught:
            load_rules(written(tmp_path, text))

        assert sentence in caught.value.message

    def test_a_file_that_is_not_there_is_named(self, tmp_path: Path) -> None:
        with pytest.raises(InvalidAlertRules, match=r"none\.toml' cannot be read \(No such file"):
            load_rules(str(tmp_path / "none.toml"))
