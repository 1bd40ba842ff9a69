"""A site report as text for the terminal."""

from api.model_card.site_report import Comparison, SiteReport
from api.reports.markdown import interval_text, number, table

METRIC_NAMES = {
    "auroc": "AUROC",
    "sensitivity": "sensitivity",
    "specificity": "specificity",
    "accuracy": "accuracy of the label",
    "score_calibration_error": "calibration error",
    "referred": "share referred",
    "answered_error": "error among the answered",
}


def site_page(report: SiteReport) -> str:
    """The whole report; the verdict comes last, where the eye is."""
    suggestion = report.suggestion
    lines = [
        f"Model {report.version} on {report.n} films, operating point '{report.operating_point}' "
        f"(threshold {report.threshold:.3f}).",
        "",
        table(
            ("films", "count"),
            [
                (f"{source}: {label}", str(count))
                for source, row in report.counts.items()
                for label, count in row.items()
            ],
        ),
        "",
        table(("figure", "here", "95 % interval", "card"), map(_row, report.comparisons)),
        "",
        table(
            ("source", "films", "AUROC", "sensitivity", "specificity", "accuracy", "referred"),
            [
                (
                    name,
                    str(m.n),
                    number(m.auroc),
                    number(m.sensitivity),
                    number(m.specificity),
                    number(m.accuracy),
                    number(m.referred),
                )
                for name, m in report.per_source.items()
            ],
        ),
        "",
        table(
            ("class", "films", "recall", "95 % interval"),
            [
                (name, str(m.support), number(m.recall), interval_text(m.recall_interval))
                for name, m in report.metrics.per_class.items()
                if m.support
            ],
        ),
        "",
        f"Suggested for films like these: threshold {number(suggestion.threshold)}, temperature "
        f"{number(suggestion.temperature)}.",
        *(f"Left out: {count} ({reason})" for reason, count in report.skipped.items()),
        "",
        f"Verdict: {report.verdict.upper()}",
        *(f"- {reason}" for reason in report.reasons),
    ]
    return "\n".join(lines)


def _row(comparison: Comparison) -> tuple[str, str, str, str]:
    return (
        METRIC_NAMES[comparison.figure],
        number(comparison.here),
        interval_text(comparison.interval),
        number(comparison.card),
    )
