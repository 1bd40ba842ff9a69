"""The page of metrics and the Grafana dashboard are made from the list of metrics."""

import json
import re
from pathlib import Path

from api.monitoring.metrics.definitions import METRICS
from api.reports.markdown_sections import section
from deploy.grafana.dashboard import PANELS, PROMOTIONS, dashboard_json
from deploy.metrics_files import DASHBOARD, metrics_table
from tests.docs.pages import GUIDES, guide
from tests.support.promtool import promtool

# The Python package has such a name too.
NAME = re.compile(r"roentgen_(?!client\b)\w+")
# What a histogram is asked for by.
PARTS = ("_bucket", "_sum", "_count")
EXPRESSIONS = [query.expr for panel in PANELS for query in panel.queries] + [PROMOTIONS]
KNOWN = {metric.name for metric in METRICS}


def names_in(text: str) -> set[str]:
    """Metrics that a query is about."""
    found = set()
    for name in NAME.findall(text):
        part = next((each for each in PARTS if name.endswith(each)), "")
        found.add(name if name in KNOWN else name.removesuffix(part))
    return found


class TestTheList:
    def test_names_are_unique_and_follow_prometheus_rules(self) -> None:
        assert len(KNOWN) == len(METRICS)
        for metric in METRICS:
            assert metric.name.startswith("roentgen_")
            assert metric.name.endswith("_total") == (metric.kind == "counter")
            assert bool(metric.buckets) == (metric.kind == "histogram")
            assert metric.help.endswith(".")


class TestThePage:
    def test_its_table_is_the_programs(self) -> None:
        assert section(guide("metrics.md").text, "metrics") == metrics_table()


class TestSentences:
    def test_metrics_that_any_page_names_are_there(self) -> None:
        """Settings of the UI's own are written in capitals."""
        wrong = {page.name: names_in(page.text) - KNOWN for page in GUIDES}

        assert {name: names for name, names in wrong.items() if names} == {}


class TestTheDashboard:
    def test_the_file_is_what_the_program_makes(self) -> None:
        """`python -m deploy.metrics_files` writes it anew."""
        assert DASHBOARD.read_text(encoding="utf-8") == dashboard_json()

    def test_its_queries_name_metrics_that_there_are(self) -> None:
        for expression in EXPRESSIONS:
            assert names_in(expression)
            assert names_in(expression) <= KNOWN, expression

    def test_every_metric_is_looked_at(self) -> None:
        assert set().union(*map(names_in, EXPRESSIONS)) == KNOWN

    def test_its_queries_are_promql(self, tmp_path: Path) -> None:
        rules = [
            {"record": f"panel:{number}", "expr": expression.replace("$__rate_interval", "5m")}
            for number, expression in enumerate(EXPRESSIONS)
        ]
        # JSON is YAML.
        file = tmp_path / "rules.yml"
        file.write_text(json.dumps({"groups": [{"name": "panels", "rules": rules}]}))

        promtool("check", "rules", str(file))

    def test_panels_have_titles_and_places_of_their_own(self) -> None:
        panels = json.loads(dashboard_json())["panels"]

        assert len({panel["title"] for panel in panels}) == len(panels) == len(PANELS)
        places = [(panel["gridPos"]["x"], panel["gridPos"]["y"]) for panel in panels]
        assert len(set(places)) == len(panels)
