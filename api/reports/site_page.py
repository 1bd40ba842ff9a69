"""A site report as text for the terminal."""

from api.model_card.row_report import RowReport
from api.model_card.sites.site_report import SiteReport
from api.reports.rendering import render

METRIC_NAMES = {
    "auroc": "AUROC",
    "sensitivity": "sensitivity",
    "specificity": "specificity",
    "accuracy": "accuracy of the label",
    "score_calibration_error": "calibration error",
    "referred": "share referred",
    "answered_error": "error among the answered",
}
SITE_METRICS = {
    "healthy_called_positive": "healthy answered positive",
    "findings_called_negative": "with a finding answered negative",
    "referred": "referred",
    "answered_error": "error among the answered",
}


def site_page(report: SiteReport) -> str:
    """The whole report; the verdict comes last, so that a terminal shows it."""
    return render(
        "site.txt", report=report, metric_names=METRIC_NAMES, site_metrics=SITE_METRICS
    ).rstrip("\n")


def rows_page(report: RowReport) -> str:
    """The same of a check on rows."""
    return render("rows.txt", report=report).rstrip("\n")
