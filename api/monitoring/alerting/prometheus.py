"""The alert rules as Prometheus has them: generated, so that there is one place to change them."""

import json
from collections.abc import Iterable

from api.monitoring.alerting.rules import AlertRule

HEADER = """\
# Written by `python -m api alerts prometheus` from api/monitoring/alerts.toml; change that file.
groups:
  - name: roentgen
    rules:
"""


def prometheus_rules(rules: Iterable[AlertRule]) -> str:
    """A rule file (YAML) for Prometheus 2.x and 3.x, checked by `promtool check rules`."""
    return HEADER + "".join(_entry(rule) for rule in rules)


def alert_name(rule: AlertRule) -> str:
    """As Prometheus writes names: `error_rate` is `RoentgenErrorRate`."""
    return "Roentgen" + "".join(word.capitalize() for word in rule.name.split("_"))


def expression(rule: AlertRule) -> str:
    """PromQL that holds while the alert fires.

    A firing alert goes on while its value is between the threshold and the clear one: Prometheus
    knows of itself what fires (`ALERTS`).
    """
    if rule.promql_condition:
        threshold = f"{rule.condition.threshold:g}"
        return " ".join(rule.promql_condition.split()).replace("{threshold}", threshold)
    condition, value = rule.condition, " ".join(rule.promql.split())
    labels = "task" if rule.is_of_a_task else ""
    back = ">" if condition.is_upper else "<"
    return (
        f"({value} {condition.comparison} {condition.threshold:g}) or "
        f"(({value} {back} {rule.clear:g}) and on ({labels}) "
        f'ALERTS{{alertname="{alert_name(rule)}",alertstate="firing"}})'
    )


def _entry(rule: AlertRule) -> str:
    # A string of JSON is one of YAML.
    lines = (
        f"      - alert: {alert_name(rule)}",
        f"        expr: {json.dumps(expression(rule), ensure_ascii=False)}",
        f"        for: {int(rule.holds_for.total_seconds())}s",
        "        labels:",
        f"          severity: {rule.severity}",
        "        annotations:",
        f"          summary: {json.dumps(rule.says, ensure_ascii=False)}",
        f"          description: {json.dumps(rule.do, ensure_ascii=False)}",
    )
    return "\n".join(lines) + "\n"
