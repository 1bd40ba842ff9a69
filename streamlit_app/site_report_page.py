"""A page of its own with what a site check found, for a printer or a PDF."""

from collections.abc import Iterable, Mapping
from html import escape

import metric_tables
from api_types import SiteReport
from captions import check_captions, site_captions
from charts import report_curves
from components.retraining.verdicts import VERDICTS
from formatting import decimal, images, moment, percent
from language.api_sentences import translated
from language.catalogue import _, current

PAGE = """<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<title>{title}</title>
<style>
body {{ font: 11pt/1.5 sans-serif; max-width: 46em; margin: 2em auto; padding: 0 1em; }}
table {{ border-collapse: collapse; margin: 0.5em 0 1.5em; }}
th, td {{ text-align: left; padding: 0.2em 0.9em 0.2em 0; border-bottom: 1px solid #ccc; }}
svg {{ width: 100%; max-width: 40em; break-inside: avoid; }}
h1, h2 {{ break-after: avoid; }}
tr {{ break-inside: avoid; }}
button {{ font: inherit; padding: 0.3em 1em; }}
@page {{ margin: 18mm; }}
@media print {{ button {{ display: none; }} }}
</style>
</head>
<body>
{body}
</body>
</html>
"""


def as_html(report: SiteReport, *, negative_class: str | None = None, archive: str = "") -> str:
    """What was checked, when and by whom; the verdict, its reasons, figures and curves.

    Nothing in them is taken for HTML.

    Args:
        negative_class: the class without a finding, if the task has one.
        archive: the name of the ZIP, where it is known.
    """
    title = _("Site check of {version}").format(version=report["version"])
    verdict = _(VERDICTS[report["verdict"]]).format(noun=_("films"))
    print_words = _("Print, or save as PDF")
    parts = [
        _element("h1", title),
        '<button type="button" onclick="print()">' + escape(print_words) + "</button>",
        _element("h2", verdict),
        "<ul>"
        + "".join(_element("li", translated(reason)) for reason in report["reasons"])
        + "</ul>",
        _facts(_about(report, negative_class, archive)),
        _element("h2", _("Here and in the card")),
        _table(metric_tables.comparison(report["comparisons"])),
        _element("p", check_captions.comparison(report["comparisons"])),
        _element("p", check_captions.suggestion(report)),
        _element("h2", _("ROC and reliability")),
        report_curves.as_svg(report["curves"], report["metrics"]),
        *_profile(report),
        _element("h2", _("What was read and what was left out")),
        _table(metric_tables.site_counts(report)),
        *(
            _element("p", f"{count}: {translated(reason)}")
            for reason, count in report["skipped"].items()
        ),
        _element("p", _("Research and education. Not a medical device.")),
    ]
    return PAGE.format(language=current(), title=escape(title), body="\n".join(parts))


def _about(report: SiteReport, negative_class: str | None, archive: str) -> dict[str, str]:
    """What makes it a record; without what is not known of it."""
    point = _("{operating_point} (threshold {threshold})").format(
        operating_point=report["operating_point"], threshold=decimal(report["threshold"])
    )
    facts = {
        _("Date"): moment(report.get("checked_at")) if report.get("checked_at") else "",
        _("Checked by"): report.get("checked_by") or "",
        _("File"): archive,
        _("Sources"): ", ".join(report["counts"]),
        _("Check"): report.get("check") or "",
        _("Version"): report["version"],
        _("Operating point"): point,
        _("Films"): images(report["n"]),
        _("With a finding"): _share_with_a_finding(report, negative_class),
    }
    return {name: value for name, value in facts.items() if value}


def _share_with_a_finding(report: SiteReport, negative_class: str | None) -> str:
    """Of these films; empty where the task has no class without one."""
    if negative_class is None or not report["n"]:
        return ""
    healthy = sum(row.get(negative_class, 0) for row in report["counts"].values())
    total = sum(count for row in report["counts"].values() for count in row.values())
    return _("{share} ({findings} of {films})").format(
        share=percent((total - healthy) / total), findings=total - healthy, films=images(total)
    )


def _profile(report: SiteReport) -> list[str]:
    """What a profile of these films would change, or why there is none."""
    heading, fit = _element("h2", _("Use this for a site")), report.get("profile")
    if not fit:
        reason = report.get("no_profile")
        return [heading, _element("p", translated(reason))] if reason else []
    return [
        heading,
        _table(metric_tables.site_metrics(fit)),
        _element("p", site_captions.metrics(fit)),
        _table(metric_tables.site_points(fit)),
    ]


def _facts(facts: Mapping[str, str]) -> str:
    rows = "".join(
        f'<tr><th scope="row">{escape(name)}</th>{_element("td", value)}</tr>'
        for name, value in facts.items()
    )
    return f"<table>{rows}</table>"


def _table(rows: metric_tables.Rows) -> str:
    if not rows:
        return ""
    heading = _row("th", rows[0])
    return f"<table>{heading}{''.join(_row('td', row.values()) for row in rows)}</table>"


def _row(name: str, cells: Iterable[object]) -> str:
    return "<tr>" + "".join(_element(name, cell) for cell in cells) + "</tr>"


def _element(name: str, text: object) -> str:
    return f"<{name}>{escape(str(text))}</{name}>"
