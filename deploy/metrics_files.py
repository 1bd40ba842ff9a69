"""Writes what is made from the list of metrics: `python -m deploy.metrics_files`.

The table in `docs/run/metrics.md`, and the Grafana dashboard `deploy/grafana/roentgen.json`.
"""

from api.files import write_atomic
from api.monitoring.metrics.definitions import METRICS
from api.reports.markdown import table
from api.reports.markdown_sections import replace_section
from api.settings import ROOT
from deploy.grafana.dashboard import dashboard_json

PAGE = ROOT / "docs/run/metrics.md"
DASHBOARD = ROOT / "deploy/grafana/roentgen.json"


def metrics_table() -> str:
    """All metrics as a Markdown table."""
    rows = [
        (
            f"`{metric.name}`",
            metric.kind,
            ", ".join(f"`{label}`" for label in metric.labels) or "none",
            metric.origin,
            metric.help,
        )
        for metric in METRICS
    ]
    return table(("metric", "kind", "labels", "from", "what it says"), rows)


def main() -> None:
    """Write both anew."""
    replace_section(PAGE, "metrics", metrics_table())
    write_atomic(DASHBOARD, dashboard_json().encode())
    print(f"Wrote {PAGE.relative_to(ROOT)} and {DASHBOARD.relative_to(ROOT)}.")


if __name__ == "__main__":
    main()
