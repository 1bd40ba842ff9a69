"""The Grafana dashboard, from the list of metrics: a panel a question, in rows of three."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from api.monitoring.metrics import definitions as m
from deploy.grafana.queries import OF_TASK, RATE, Query, newest, quantiles, rate_by, share_above_one

WIDTH, HEIGHT, ACROSS = 8, 8, 3
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
PanelType = Literal["timeseries", "stat"]


@dataclass(frozen=True, slots=True)
class Panel:
    """One picture; `unit` as Grafana names it."""

    title: str
    queries: tuple[Query, ...]
    unit: str = "short"
    type: PanelType = "timeseries"
    description: str = ""
    stacked: bool = False


IMAGES = 'route="/predict"'
PANELS: tuple[Panel, ...] = (
    Panel(
        "Requests",
        (Query(rate_by(m.HTTP_REQUESTS, "route"), "{{route}}"),),
        unit="reqps",
        stacked=True,
    ),
    Panel(
        "Refusals and errors",
        (Query(rate_by(m.HTTP_REQUESTS, "status", only='status=~"[45].."'), "{{status}}"),),
        unit="reqps",
    ),
    Panel("Latency of a film", quantiles(m.HTTP_SECONDS, only=IMAGES), unit="s"),
    Panel(
        "Unexpected errors",
        (Query(f"sum by (place) (increase({m.UNEXPECTED_ERRORS.name}[{RATE}]))", "{{place}}"),),
        description="GET /errors groups them.",
    ),
    Panel(
        "Answers by decision",
        (Query(rate_by(m.PREDICTIONS, "task", "decision", only=OF_TASK), "{{task}} {{decision}}"),),
        stacked=True,
    ),
    Panel(
        "Answers by class",
        (Query(rate_by(m.PREDICTIONS, "task", "label", only=OF_TASK), "{{task}} {{label}}"),),
        stacked=True,
    ),
    Panel(
        "Answers by version",
        (Query(rate_by(m.PREDICTIONS, "task", "version", only=OF_TASK), "{{task}} {{version}}"),),
    ),
    Panel(
        "Causes of referrals",
        (Query(rate_by(m.REFERRALS, "task", "cause", only=OF_TASK), "{{task}} {{cause}}"),),
    ),
    Panel(
        "Out of distribution",
        (
            Query(share_above_one(m.OOD_SCORE), "{{task}} unlike training films"),
            Query(share_above_one(m.SITE_DISTANCE), "{{task}} unfamiliar equipment"),
        ),
        unit="percentunit",
        description="Share of films whose distance is above its limit.",
    ),
    Panel(
        "Shift of the stream",
        (
            Query(newest(m.STREAM_SHIFT, "task", only=OF_TASK), "{{task}} statistic/threshold"),
            Query(newest(m.SHIFTED_STREAMS, "task", only=OF_TASK), "{{task}} shifted sources"),
            Query(newest(m.DRIFTED_STATISTICS, "task", only=OF_TASK), "{{task}} drifted figures"),
        ),
    ),
    Panel(
        "Accuracy, estimated without labels",
        (Query(newest(m.ESTIMATED_ACCURACY, "task", only=OF_TASK), "{{task}}"),),
        unit="percentunit",
        description="Of the newest decisions; nothing while the estimate would mean nothing.",
    ),
    Panel(
        "Films that wait",
        (Query(f"sum({m.QUEUE_WAITING.name})", "waiting"),),
    ),
    Panel(
        "Compute processes",
        (
            Query(f"sum({m.COMPUTE_PROCESSES.name})", "there"),
            Query(f"sum(increase({m.COMPUTE_RESTARTS.name}[{RATE}]))", "replaced"),
            Query(f"sum(increase({m.COMPUTE_CRASHES.name}[{RATE}]))", "crashed"),
            Query(f"sum(increase({m.COMPUTE_TIMEOUTS.name}[{RATE}]))", "timed out"),
        ),
    ),
    Panel(
        "Writing the records",
        (
            *quantiles(m.RECORD_WRITE_SECONDS),
            Query(f"sum(increase({m.RECORD_WRITE_FAILURES.name}[{RATE}]))", "failures"),
        ),
        unit="s",
    ),
    Panel(
        "Retrainings",
        (
            Query(
                f"max by (task, state) (increase({m.JOBS.name}{{{OF_TASK}}}[1h]))",
                "{{task}} {{state}}, last hour",
            ),
            Query(newest(m.ACTIVE_JOBS, "task", "state", only=OF_TASK), "{{task}} {{state}} now"),
        ),
    ),
    Panel(
        "Verdicts of the gate",
        (Query(newest(m.GATE_OUTCOMES, "task", "outcome", only=OF_TASK), "{{task}} {{outcome}}"),),
    ),
    Panel(
        "Training films",
        (Query(newest(m.SAMPLES, "task", "label", only=OF_TASK), "{{task}} {{label}}"),),
        stacked=True,
    ),
    Panel(
        "Serves",
        (Query(newest(m.CHAMPION, "task", "version", only=OF_TASK), "{{task}} {{version}}"),),
        type="stat",
    ),
    Panel(
        "Program",
        (Query(newest(m.BUILD, "version", "python"), "{{version}}, Python {{python}}"),),
        type="stat",
    ),
    Panel(
        "Workers",
        (
            Query(newest(m.WORKERS, "state"), "{{state}}"),
            Query(newest(m.HEARTBEAT_AGE), "oldest heart-beat, s"),
            Query(f"min({m.RECORDS_UP.name})", "records can be read"),
        ),
    ),
    Panel(
        "Memory",
        (Query(f"sum by (process) ({m.MEMORY.name})", "{{process}}"),),
        unit="bytes",
    ),
    Panel(
        "Disk",
        (
            Query(f"min by (folder) ({m.DISK_FREE.name})", "{{folder}} free"),
            Query(f"min by (folder) ({m.DISK_SIZE.name})", "{{folder}} in all"),
        ),
        unit="bytes",
    ),
    Panel(
        "Since",
        (
            Query(f"time() - {newest(m.START_TIME)}", "start"),
            Query(f"time() - {newest(m.LAST_PREDICTION, 'task', only=OF_TASK)}", "{{task}} answer"),
            Query(
                f"time() - {newest(m.LAST_RETRAINING, 'task', only=OF_TASK)}", "{{task}} retraining"
            ),
        ),
        unit="s",
    ),
)

PROMOTIONS = f"max by (task, kind) (increase({m.CHAMPION_SWAPS.name}{{{OF_TASK}}}[1m])) > 0"


def dashboard_json() -> str:
    """The dashboard as a file that Grafana imports."""
    return json.dumps(_dashboard(), indent=1) + "\n"


def _dashboard() -> dict[str, Any]:
    return {
        "title": "Roentgen",
        "uid": "roentgen",
        "tags": ["roentgen"],
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "timezone": "browser",
        "annotations": {"list": [_promotions()]},
        "templating": {"list": _variables()},
        "panels": [_panel(number, panel) for number, panel in enumerate(PANELS)],
    }


def _promotions() -> dict[str, Any]:
    return {
        "name": "Promotions and rollbacks",
        "datasource": SOURCE,
        "enable": True,
        "iconColor": "purple",
        "expr": PROMOTIONS,
        "step": "60s",
        "titleFormat": "{{kind}}",
        "textFormat": "{{task}}",
        "tagKeys": "task,kind",
    }


def _variables() -> list[dict[str, Any]]:
    return [
        {"name": "datasource", "type": "datasource", "query": "prometheus"},
        {
            "name": "task",
            "type": "query",
            "datasource": SOURCE,
            "query": {"query": f"label_values({m.CHAMPION.name}, task)", "refId": "tasks"},
            "refresh": 2,
            "includeAll": True,
            "allValue": ".*",
            "multi": True,
            "current": {"text": "All", "value": "$__all"},
        },
    ]


def _panel(number: int, panel: Panel) -> dict[str, Any]:
    down, across = divmod(number, ACROSS)
    custom = {"stacking": {"mode": "normal"}, "fillOpacity": 20} if panel.stacked else {}
    return {
        "id": number + 1,
        "title": panel.title,
        "description": panel.description,
        "type": panel.type,
        "datasource": SOURCE,
        "gridPos": {"h": HEIGHT, "w": WIDTH, "x": across * WIDTH, "y": down * HEIGHT},
        "fieldConfig": {
            "defaults": {"unit": panel.unit, "min": 0, "custom": custom},
            "overrides": [],
        },
        "options": {"textMode": "name"} if panel.type == "stat" else {},
        "targets": _targets(panel.queries),
    }


def _targets(queries: Sequence[Query]) -> list[dict[str, Any]]:
    return [
        {
            "refId": chr(ord("A") + place),
            "datasource": SOURCE,
            "expr": query.expr,
            "legendFormat": query.legend,
            "instant": False,
        }
        for place, query in enumerate(queries)
    ]
